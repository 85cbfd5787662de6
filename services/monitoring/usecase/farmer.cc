#include "services/monitoring/usecase/farmer.h"

#include "services/monitoring/domain/household_code.h"
#include "services/monitoring/store/discovery_store.h"
#include "services/monitoring/store/registry_store.h"
#include "services/monitoring/usecase/declaration_answer.h"
#include "services/monitoring/usecase/discovery_kinds.h"
#include "services/monitoring/usecase/lead_clock.h"
#include "services/monitoring/usecase/report_lead.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr std::size_t kNumberBytes = 5, kQueryBytes = 10;
const char* const kUnknown = "IDENTITY_UNKNOWN";
const char* const kElsewhere = "IDENTITY_ELSEWHERE";

Status Limit() {
    return MakeStatus(Code::kResourceExhausted, "DECLARATION_LIMIT", "今日申报次数已满，请联系村委会或拨打热线 / too many declarations today: ask the village or call the hotline");
}

Status NotFound() {
    return MakeStatus(Code::kNotFound, "DECLARATION_NOT_FOUND", "申报编号与查询码不符 / number and code do not belong together");
}

// Midnight at which today began in UTC+8.
TimePoint StartOfToday(Date today) { return TimePoint(std::chrono::hours(24) * today.days - std::chrono::hours(8)); }

std::string NumberOf(Date today) {
    std::string day = today.ToString();
    std::erase(day, '-');
    return "SB" + day + "-" + domain::Base32(crypto::RandomBytes(kNumberBytes));
}

void Stamp(TimePoint time, google::protobuf::Timestamp* out) {
    out->set_seconds(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

// The code says for itself that it was used; without one it was not.
v1::DeclarationChannel ChannelOf(const v1::DeclareRequest& q) {
    if (!q.code().empty()) return v1::DECLARATION_CHANNEL_CODE;
    const bool said = q.channel() != v1::DECLARATION_CHANNEL_UNSPECIFIED && q.channel() != v1::DECLARATION_CHANNEL_CODE;
    return said ? q.channel() : v1::DECLARATION_CHANNEL_APP;
}

// What the farmer is shown of a step; nullptr = nothing.
struct StepLabel {
    const char* command;
    const char* zh;
    const char* en;
};
constexpr StepLabel kOfDeclaration[] = {{"declare", "已提交，村里将入户核实", "handed in; the village will come and see"},
                                        {"hold", "已提交，乡镇正在核对身份", "handed in; the township is checking who it is"},
                                        {"match", "身份已核对，村里将入户核实", "checked; the village will come and see"},
                                        {"refuse", "不予受理", "not taken up"},
                                        {"answer", "已答复", "answered"}};
constexpr StepLabel kOfLead[] = {{"dispatch", "已派发", "passed on"}, {"accept", "村级已接收", "taken over by the village"}, {"visit", "已入户核实", "visited"}};

template <std::size_t N>
void AddStep(const StepLabel (&labels)[N], const std::string& command, const google::protobuf::Timestamp& at, v1::DeclarationProgress& answer) {
    for (const StepLabel& label : labels) {
        if (command != label.command) continue;
        v1::ProgressStep& step = *answer.add_steps();
        step.set_label_zh(label.zh);
        step.set_label_en(label.en);
        *step.mutable_at() = at;
    }
}

// The day by which somebody comes; nullopt once somebody has, or where no limit is known.
Result<std::optional<TimePoint>> VisitBy(pg::Connection& connection, LeadName lead, const std::string& region_code, TimePoint now) {
    SW_ASSIGN_OR_RETURN(const auto since, store::AwaitsVisitSince(connection, lead.household_id, lead.lead_id));
    if (!since) return std::optional<TimePoint>();
    return LeadClock(connection, now).EndOf(domain::kDeclaredVisitLimit, region_code, *since);
}

}  // namespace

Result<Farmer::Household> Farmer::HouseholdOf(record::Work& work, const v1::DeclareRequest& q, const IdentityNumber& identity) const {
    Household of;
    if (!q.code().empty()) {
        SW_ASSIGN_OR_RETURN(of.id, codes_.HouseholdOf(work.connection, q.code()));
    } else {
        SW_ASSIGN_OR_RETURN(const bool exists, store::VillageExists(work.connection, q.region_code()));
        if (!exists) return InvalidField("region_code", "请从列表中选择村 / a village of the list", "DECLARATION_FIELDS");
        of.region_code = q.region_code();
    }
    SW_ASSIGN_OR_RETURN(const auto persons, store::FindPersons(work.connection, {blind_.Of(identity.number)}));
    const std::int64_t owner = persons.empty() ? 0 : persons.begin()->second.household_id;
    if (of.id != 0) {
        of.mismatch = owner == of.id ? "" : owner == 0 ? kUnknown : kElsewhere;
    } else if (owner == 0) {
        of.mismatch = kUnknown;
    }
    const std::int64_t asked = of.id != 0 ? of.id : owner;
    if (asked == 0) return of;
    // Declarations of one household follow each other.
    SW_ASSIGN_OR_RETURN(const auto households, store::LockHouseholds(work.connection, {asked}));
    if (households.empty()) return of;
    if (of.id != 0) {
        of.region_code = households[0].region_code;
    } else if (households[0].region_code == of.region_code) {
        of.id = owner;
    } else {
        of.mismatch = kElsewhere;
    }
    return of;
}

Status Farmer::CheckLimits(record::Work& work, const v1::DeclareRequest& q, const Household& household) const {
    const TimePoint today = StartOfToday(work.today);
    if (household.id != 0) {
        SW_ASSIGN_OR_RETURN(const std::int64_t most, work.Need("lead.declarations_per_day", household.region_code));
        SW_ASSIGN_OR_RETURN(const std::int64_t made, store::DeclarationsOfHousehold(work.connection, "households/" + std::to_string(household.id), today));
        if (made >= most) return Limit();
    }
    if (!q.code().empty()) return Status::Ok();
    SW_ASSIGN_OR_RETURN(const std::int64_t most, work.Need("lead.open_declarations_per_day", household.region_code));
    SW_ASSIGN_OR_RETURN(const std::int64_t made, store::OpenDeclarationsOfVillage(work.connection, household.region_code, today));
    return made >= most ? Limit() : Status::Ok();
}

Status Farmer::Declare(const v1::DeclareRequest& q, Deadline deadline, v1::DeclareResponse& answer) const {
    SW_ASSIGN_OR_RETURN(const domain::CheckedDeclaration checked, domain::CheckDeclaration(q));
    return commands_.Transact("declare", record::System(), q, deadline, answer, [&](record::Work& work) -> Status {
        SW_ASSIGN_OR_RETURN(const Household household, HouseholdOf(work, q, checked.identity));
        SW_RETURN_IF_ERROR(CheckLimits(work, q, household));
        return Keep(work, q, checked, household, answer);
    });
}

Status Farmer::Keep(record::Work& work, const v1::DeclareRequest& q, const domain::CheckedDeclaration& checked, const Household& household,
                    v1::DeclareResponse& answer) const {
    const std::string number = NumberOf(work.today), query_code = domain::Base32(crypto::RandomBytes(kQueryBytes));
    const bool matched = household.id != 0 && household.mismatch.empty();
    std::optional<Reported> reported;
    if (matched) {
        SW_ASSIGN_OR_RETURN(reported, ReportLeadIn(work, {household.id, v1::LEAD_SOURCE_FARMER, q.risk_type(), v1::GRADE_UNSPECIFIED, checked.difficulty, "", number, work.now}));
    }
    v1::Declaration declaration;
    SW_RETURN_IF_ERROR(commands_.CreateIn(DeclarationKind(), matched ? "declare" : "hold", {}, work, [&](record::Work&, google::protobuf::Message& m) {
        auto& d = static_cast<v1::Declaration&>(m);
        d.set_number(number);
        d.set_region_code(household.region_code);
        d.set_risk_type(q.risk_type());
        d.set_channel(ChannelOf(q));
        d.set_third_person(q.third_person());
        d.set_head_name(checked.head_name);
        d.set_difficulty(checked.difficulty);
        if (household.id != 0) d.set_household("households/" + std::to_string(household.id));
        d.set_mismatch(household.mismatch);
        if (reported) d.set_lead(NameOfLead(reported->lead));
        Stamp(work.now, d.mutable_declared_at());
        return Status::Ok();
    }, declaration));
    SW_ASSIGN_OR_RETURN(const record::Keys keys, DeclarationKind().ParseName(declaration.name()));
    SW_RETURN_IF_ERROR(store::InsertContact(work.connection, keys[0], {sealer_.Seal(checked.identity.number, kSealDeclaredIdentity),
                                                                       sealer_.Seal(checked.mobile, kSealDeclaredMobile), crypto::Sha256(query_code)}));
    AddDeclarationMoved(work, declaration, matched ? "declare" : "hold");
    // What people answered lately is answered at once.
    if (reported && reported->as == ReportedAs::kRepeated) {
        SW_RETURN_IF_ERROR(AnswerDeclarationsIn(commands_, work, declaration.lead(), reported->lead.reply));
    }
    answer.set_number(number);
    answer.set_query_code(query_code);
    if (!reported || reported->as == ReportedAs::kRepeated) return Status::Ok();
    SW_ASSIGN_OR_RETURN(const LeadName lead, ParseLeadName(declaration.lead()));
    SW_ASSIGN_OR_RETURN(const auto visit_by, VisitBy(work.connection, lead, household.region_code, work.now));
    if (visit_by) Stamp(*visit_by, answer.mutable_visit_by());
    return Status::Ok();
}

Result<bool> Farmer::Opens(pg::Connection& connection, const v1::Declaration& declaration, const std::string& code) const {
    SW_ASSIGN_OR_RETURN(const record::Keys keys, DeclarationKind().ParseName(declaration.name()));
    SW_ASSIGN_OR_RETURN(const store::DeclarationContact contact, store::ContactOf(connection, keys[0]));
    if (crypto::ConstantTimeEqual(crypto::Sha256(domain::TypedCode(code)), contact.query_hash)) return true;
    const auto household = codes_.HouseholdOf(connection, code);
    return household.ok() && declaration.household() == "households/" + std::to_string(*household);
}

Status Farmer::Progress(const v1::GetDeclarationRequest& q, Deadline deadline, v1::DeclarationProgress& answer) const {
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    SW_ASSIGN_OR_RETURN(const auto found, record::Select<v1::Declaration>(*lease, DeclarationKind(), "number = $1", pg::P(q.number())));
    if (found.empty()) return NotFound();
    const v1::Declaration& d = found[0];
    SW_ASSIGN_OR_RETURN(const bool opens, Opens(*lease, d, q.code()));
    if (!opens) return NotFound();
    answer.set_number(d.number());
    answer.set_state(d.state());
    answer.set_risk_type(d.risk_type());
    *answer.mutable_declared_at() = d.declared_at();
    answer.set_reply(d.reply());
    SW_ASSIGN_OR_RETURN(const auto own, record::Steps(*lease, d.name()));
    std::vector<v1::LeadStep> of_lead;
    if (!d.lead().empty()) {
        SW_ASSIGN_OR_RETURN(const LeadName lead, ParseLeadName(d.lead()));
        SW_ASSIGN_OR_RETURN(of_lead, store::Steps(*lease, lead.household_id, lead.lead_id));
        SW_ASSIGN_OR_RETURN(const auto visit_by, VisitBy(*lease, lead, d.region_code(), commands_.clock().Now()));
        if (visit_by) Stamp(*visit_by, answer.mutable_visit_by());
    }
    // In the order of time: how it was taken in, the lead's way since then, how it ended.
    for (const type::v1::Step& step : own) {
        if (step.command() != "answer") AddStep(kOfDeclaration, step.command(), step.at(), answer);
    }
    for (const v1::LeadStep& step : of_lead) {
        if (step.at().seconds() >= d.declared_at().seconds()) AddStep(kOfLead, step.command(), step.at(), answer);
    }
    for (const type::v1::Step& step : own) {
        if (step.command() == "answer") AddStep(kOfDeclaration, step.command(), step.at(), answer);
    }
    return Status::Ok();
}

}  // namespace shouwang::monitoring::usecase
