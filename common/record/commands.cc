#include "common/record/commands.h"

#include "common/base/region_code.h"
#include "common/crypto/crypto.h"
#include "common/trace/trace.h"

namespace shouwang::record {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* Field(const Message& m, const char* name) { return m.GetDescriptor()->FindFieldByName(name); }

void SetTime(Message& m, const char* name, std::optional<TimePoint> time) {
    const FieldDescriptor* field = Field(m, name);
    if (field == nullptr) return;
    if (!time) {
        m.GetReflection()->ClearField(&m, field);
        return;
    }
    using namespace std::chrono;
    auto* stamp = static_cast<google::protobuf::Timestamp*>(m.GetReflection()->MutableMessage(&m, field));
    const auto whole = floor<seconds>(time->time_since_epoch());
    stamp->set_seconds(whole.count());
    stamp->set_nanos(static_cast<int>(duration_cast<nanoseconds>(time->time_since_epoch() - whole).count()));
}

std::optional<TimePoint> TimeIn(const Message& m, const char* name) {
    const FieldDescriptor* field = Field(m, name);
    if (field == nullptr || !m.GetReflection()->HasField(m, field)) return std::nullopt;
    const auto& stamp = static_cast<const google::protobuf::Timestamp&>(m.GetReflection()->GetMessage(m, field));
    return TimePoint(std::chrono::seconds(stamp.seconds()) + std::chrono::duration_cast<TimePoint::duration>(std::chrono::nanoseconds(stamp.nanos())));
}

Status TooEarly(const Kind& kind, std::string_view command, TimePoint over) {
    Status status = MakeStatus(Code::kFailedPrecondition, kind.reason() + "_TOO_EARLY", "\"" + std::string(command) + "\" is possible from " + DateAt(over).ToString() + " on");
    status.metadata = {{"not_before", ToRfc3339(over)}};
    return status;
}

// The minimum period of a step.
Status CheckClock(const Kind& kind, const flow::Transition& transition, const Work& work, const Message& record) {
    if (transition.not_before.empty()) return Status::Ok();
    const auto since = TimeIn(record, "state_since");
    if (!since) return Status::Ok();
    const std::string region = TextOf(record, "region_code");
    // The period is the one in force when it began: a later change neither shortens nor stretches what runs.
    SW_ASSIGN_OR_RETURN(const flow::Limit limit, work.parameters.NeedLimit(work.connection, transition.not_before, region, DateAt(*since)));
    SW_ASSIGN_OR_RETURN(const flow::WorkCalendar calendar, LoadCalendar(work.connection, region, DateAt(*since)));
    const TimePoint over = flow::DueAt(*since, limit, calendar);
    return work.now < over ? TooEarly(kind, transition.command, over) : Status::Ok();
}

void BeginStep(const Kind& kind, const flow::Transition& transition, Work& work) {
    work.step.Clear();
    work.step.set_command(std::string(transition.command));
    if (transition.from != 0) work.step.set_from(kind.states()->StateName(transition.from));
    work.step.set_to(kind.states()->StateName(transition.to));
    work.step.set_actor(work.by.subject());
    work.step.set_actor_region(work.by.region_prefix());
    SetTime(work.step, "at", work.now);
}

}  // namespace

std::vector<options::v1::Role> RolesOf(const type::v1::Principal& by) {
    std::vector<options::v1::Role> roles;
    for (const int role : by.roles()) roles.push_back(static_cast<options::v1::Role>(role));
    return roles;
}

const type::v1::Principal& System() {
    static const type::v1::Principal* const system = [] {
        auto* p = new type::v1::Principal;
        p->set_subject("system");
        p->add_roles(options::v1::ROLE_SERVICE);
        return p;
    }();
    return *system;
}

Status RunOnce(pg::Pool& pool, Deadline deadline, std::string_view command, const type::v1::Principal& by, const Message& request, Message& answer,
               const std::function<Status(pg::Connection&)>& body) {
    const std::string request_id = TextOf(request, "request_id");
    const std::string hash = crypto::Sha256(std::string(command) + '\0' + by.subject() + '\0' + request.GetDescriptor()->full_name() + '\0' + request.SerializeAsString());
    return pg::RunInTransaction(pool, deadline, [&](pg::Connection& connection) -> Status {
        answer.Clear();
        if (request_id.empty()) return body(connection);
        SW_ASSIGN_OR_RETURN(const auto stored, outbox::StoredAnswer(connection, request_id, hash));
        if (stored) return answer.ParseFromString(*stored) ? Status::Ok() : MakeStatus(Code::kDataLoss, "ANSWER_BROKEN", "the stored answer does not parse");
        SW_RETURN_IF_ERROR(body(connection));
        return outbox::StoreAnswer(connection, request_id, hash, answer.SerializeAsString());
    });
}

Status Commands::Transact(std::string_view command, const type::v1::Principal& by, const Message& request, Deadline deadline, Message& answer,
                          const std::function<Status(Work&)>& body) const {
    return RunOnce(pool_, deadline, command, by, request, answer, [&](pg::Connection& connection) -> Status {
        const TimePoint now = clock_.Now();
        outbox::Writer events(source_, now, trace::Current().ToString());
        Work work{connection, parameters_, by, now, DateAt(now), events, {}};
        SW_RETURN_IF_ERROR(body(work));
        return events.Flush(connection);
    });
}

Status Commands::Enter(const Kind& kind, const flow::Transition& transition, Work& work, Message& record) const {
    if (transition.guard != nullptr) SW_RETURN_IF_ERROR(transition.guard(record));
    const bool stays = transition.from == transition.to;
    SetState(record, transition.to);
    if (!stays) SetTime(record, "state_since", work.now);
    const std::string_view limit_name = kind.states()->LimitOf(record, transition.to);
    std::optional<TimePoint> due;
    if (!limit_name.empty()) {
        const std::string region = TextOf(record, "region_code");
        SW_ASSIGN_OR_RETURN(const flow::Limit limit, work.parameters.NeedLimit(work.connection, limit_name, region, work.today));
        SW_ASSIGN_OR_RETURN(const flow::WorkCalendar calendar, LoadCalendar(work.connection, region, work.today));
        due = flow::DueAt(work.now, limit, calendar);
    }
    // A step within a state leaves its clock running.
    if (!stays || TimeIn(record, "due_at").has_value() != due.has_value()) {
        SetTime(record, "due_at", due);
        SetTime(record, "escalate_at", due);
        SetText(record, "escalated_to", "");
    }
    return Status::Ok();
}

Status Commands::MoveIn(const Kind& kind, std::string_view command, std::string_view name, Work& work, const Body& body, Message& record) const {
    SW_RETURN_IF_ERROR(Lock(work.connection, kind, name, work.by.region_prefix(), record));
    SW_ASSIGN_OR_RETURN(const flow::Transition* transition, kind.states()->Find(StateOf(record), command, RolesOf(work.by)));
    SW_RETURN_IF_ERROR(CheckClock(kind, *transition, work, record));
    const type::v1::Step outer = work.step;  // of the command whose body gives this one
    BeginStep(kind, *transition, work);
    if (body) SW_RETURN_IF_ERROR(body(work, record));
    SW_RETURN_IF_ERROR(Enter(kind, *transition, work, record));
    SW_RETURN_IF_ERROR(Save(work.connection, kind, record));
    SW_RETURN_IF_ERROR(AddStep(work.connection, name, work.step));
    work.step = outer;
    return Status::Ok();
}

Status Commands::CreateIn(const Kind& kind, std::string_view command, std::span<const std::int64_t> parents, Work& work, const Body& body, Message& record) const {
    SW_ASSIGN_OR_RETURN(const flow::Transition* transition, kind.states()->Find(0, command, RolesOf(work.by)));
    const type::v1::Step outer = work.step;
    BeginStep(kind, *transition, work);
    if (body) SW_RETURN_IF_ERROR(body(work, record));
    if (kind.Stores("region_code") && !RegionContains(work.by.region_prefix(), TextOf(record, "region_code"))) {
        return MakeStatus(Code::kPermissionDenied, kind.reason() + "_OUTSIDE_REGION", "it lies outside the caller's region");
    }
    SW_RETURN_IF_ERROR(Enter(kind, *transition, work, record));
    SW_RETURN_IF_ERROR(Insert(work.connection, kind, parents, record));
    SW_RETURN_IF_ERROR(AddStep(work.connection, TextOf(record, "name"), work.step));
    work.step = outer;
    return Status::Ok();
}

Status Commands::Move(const Kind& kind, std::string_view command, const Message& request, const type::v1::Principal& by, Deadline deadline, const Body& body,
                      Message& answer, const Body& then) const {
    const std::string name = TextOf(request, "name");
    SW_RETURN_IF_ERROR(kind.ParseName(name).status());
    return Transact(command, by, request, deadline, answer, [&](Work& work) -> Status {
        const std::string etag = TextOf(request, "etag");
        const Body checked = [&](Work& w, Message& record) -> Status {
            if (!etag.empty() && etag != TextOf(record, "etag")) return MakeStatus(Code::kAborted, "ETAG_STALE", "the record has changed since it was read: read it again");
            w.step.set_note(TextOf(request, "note"));
            return body ? body(w, record) : Status::Ok();
        };
        SW_RETURN_IF_ERROR(MoveIn(kind, command, name, work, checked, answer));
        if (then) SW_RETURN_IF_ERROR(then(work, answer));
        Show(kind, by, answer);
        return Status::Ok();
    });
}

Status Commands::Create(const Kind& kind, std::string_view command, std::span<const std::int64_t> parents, const Message& request, const type::v1::Principal& by,
                        Deadline deadline, const Body& body, Message& answer, const Body& then) const {
    return Transact(command, by, request, deadline, answer, [&](Work& work) -> Status {
        const Body noted = [&](Work& w, Message& record) -> Status {
            w.step.set_note(TextOf(request, "note"));
            return body ? body(w, record) : Status::Ok();
        };
        SW_RETURN_IF_ERROR(CreateIn(kind, command, parents, work, noted, answer));
        if (then) SW_RETURN_IF_ERROR(then(work, answer));
        Show(kind, by, answer);
        return Status::Ok();
    });
}

void Commands::Show(const Kind& kind, const type::v1::Principal& by, Message& record) const {
    const auto* r = record.GetReflection();
    if (const FieldDescriptor* overdue = Field(record, "overdue")) {
        const auto due = TimeIn(record, "due_at");
        r->SetBool(&record, overdue, due.has_value() && *due < clock_.Now());
    }
    const FieldDescriptor* next = Field(record, "next_commands");
    if (next == nullptr || kind.states() == nullptr) return;
    r->ClearField(&record, next);
    const auto roles = RolesOf(by);
    for (const std::string& command : kind.states()->Next(StateOf(record), roles)) r->AddString(&record, next, command);
}

Status Commands::Get(const Kind& kind, std::string_view name, const type::v1::Principal& by, Deadline deadline, Message& answer) const {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_RETURN_IF_ERROR(Read(*lease, kind, name, by.region_prefix(), answer));
    if (const FieldDescriptor* field = Field(answer, "steps")) {
        SW_ASSIGN_OR_RETURN(const auto steps, Steps(*lease, name));
        for (const type::v1::Step& step : steps) *static_cast<type::v1::Step*>(answer.GetReflection()->AddMessage(&answer, field)) = step;
    }
    Show(kind, by, answer);
    return Status::Ok();
}

Status Commands::List(const Kind& kind, const Message& request, std::string_view region, const type::v1::Principal& by, const model::PageTokens& tokens,
                      Deadline deadline, Message& response) const {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_RETURN_IF_ERROR(record::List(*lease, kind, request, region, tokens, clock_.Now(), response));
    const auto* type = response.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
        const FieldDescriptor* field = type->field(i);
        if (!field->is_repeated() || field->message_type() != kind.message()) continue;
        for (int n = 0; n < response.GetReflection()->FieldSize(response, field); ++n) {
            Show(kind, by, *response.GetReflection()->MutableRepeatedMessage(&response, field, n));
        }
    }
    return Status::Ok();
}

}  // namespace shouwang::record
