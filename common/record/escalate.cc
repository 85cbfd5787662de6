// Limits that have passed go one level up the region tree.
#include "common/base/region_code.h"
#include "common/record/commands.h"
#include "common/trace/trace.h"

namespace shouwang::record {
namespace {

using google::protobuf::Message;

// One level above where it is: village 360681103204 → township 360681103 → county …; the province stays.
std::string OneUp(const std::string& region_code, const std::string& escalated_to) {
    const std::string from = escalated_to.empty() ? region_code : escalated_to;
    const int level = RegionLevel(from);
    return level <= 1 ? from : std::string(RegionAtLevel(from, level - 1));
}

}  // namespace

Result<int> Commands::Escalate(const Kind& kind, int limit, Deadline deadline, const Escalated& event) const {
    int escalated = 0;
    SW_RETURN_IF_ERROR(pg::RunInTransaction(pool_, deadline, [&](pg::Connection& connection) -> Status {
        escalated = 0;
        const TimePoint now = clock_.Now();
        outbox::Writer events(source_, now, trace::Current().ToString());
        Work work{connection, parameters_, System(), now, DateAt(now), events, {}};
        std::vector<std::unique_ptr<Message>> found;
        const Message* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(kind.message());
        SW_RETURN_IF_ERROR(SelectEach(connection, kind, "escalate_at < $1 ORDER BY escalate_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
                                      pg::P(now, static_cast<std::int64_t>(limit)), [&] { return found.emplace_back(prototype->New()).get(); }));
        for (auto& record : found) {
            const auto* r = record->GetReflection();
            const std::string to = OneUp(TextOf(*record, "region_code"), TextOf(*record, "escalated_to"));
            const std::string parameter(kind.states()->LimitOf(*record, StateOf(*record)));
            SW_ASSIGN_OR_RETURN(const flow::Limit again, parameters_.NeedLimit(connection, parameter, TextOf(*record, "region_code"), work.today));
            SW_ASSIGN_OR_RETURN(const flow::WorkCalendar calendar, LoadCalendar(connection, TextOf(*record, "region_code"), work.today));
            SetText(*record, "escalated_to", to);
            const auto* count = kind.message()->FindFieldByName("escalations");
            r->SetInt32(record.get(), count, r->GetInt32(*record, count) + 1);
            auto* at = static_cast<google::protobuf::Timestamp*>(r->MutableMessage(record.get(), kind.message()->FindFieldByName("escalate_at")));
            at->set_seconds(std::chrono::duration_cast<std::chrono::seconds>(flow::DueAt(now, again, calendar).time_since_epoch()).count());
            at->set_nanos(0);
            SW_RETURN_IF_ERROR(Save(connection, kind, *record));
            work.step.Clear();
            work.step.set_command("escalate");
            work.step.set_from(kind.states()->StateName(StateOf(*record)));
            work.step.set_to(work.step.from());
            work.step.set_actor(System().subject());
            work.step.set_note("overdue, to " + to);
            work.step.mutable_at()->set_seconds(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
            SW_RETURN_IF_ERROR(AddStep(connection, TextOf(*record, "name"), work.step));
            if (event) event(work, *record);
            ++escalated;
        }
        return events.Flush(connection);
    }));
    return escalated;
}

}  // namespace shouwang::record
