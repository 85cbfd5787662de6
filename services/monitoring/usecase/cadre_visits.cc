#include "services/monitoring/usecase/cadre_visits.h"

#include <set>

#include "common/base/region_code.h"
#include "services/monitoring/store/campaign_store.h"
#include "services/monitoring/store/registry_store.h"
#include "services/monitoring/usecase/discovery_kinds.h"
#include "services/monitoring/usecase/report_lead.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr int kMostPapers = 1000;

// A day that has come, for what has been done.
Result<Date> PastDay(const std::string& text, const std::string& field, Date today) {
    const auto day = Date::Parse(text);
    if (!day) return InvalidField(field, "a date YYYY-MM-DD");
    if (*day > today) return InvalidField(field, "not after today");
    return *day;
}

Status CheckForm(const v1::RecordCadreVisitRequest& q) {
    const std::vector<std::string> visitors(q.visitors().begin(), q.visitors().end());
    const bool brief = !domain::Trimmed(q.summary()).empty();
    if (!brief && !q.has_looks()) return InvalidField("summary", "a summary, or all five looks", "VISIT_FORM");
    // One may look in on a family every day; a check, and whatever finds a difficulty, is done by two.
    const bool by_two = !q.campaign().empty() || q.has_finding() || q.has_looks();
    if (by_two) SW_RETURN_IF_ERROR(domain::CheckVisitors(visitors, "visitors"));
    if (visitors.empty() || domain::Trimmed(visitors[0]).empty()) return InvalidField("visitors", "who was there", "VISIT_FORM");
    if (q.has_looks()) SW_RETURN_IF_ERROR(domain::CheckLooks(q.looks(), "looks."));
    if (!q.has_finding()) return Status::Ok();
    if (q.finding().risk_type() == v1::RISK_TYPE_UNSPECIFIED) return InvalidField("finding.risk_type", "a risk type");
    if (domain::Trimmed(q.finding().difficulty()).empty()) return InvalidField("finding.difficulty", "the difficulty in words");
    return Status::Ok();
}

// The visit's place in its campaign. FAILED_PRECONDITION "CAMPAIGN_NOT_RUNNING", "CAMPAIGN_OTHER_HOUSEHOLD".
Status MarkInCampaign(record::Work& work, const v1::CadreVisit& visit, std::int64_t household_id, Date on) {
    SW_ASSIGN_OR_RETURN(const record::Keys keys, CampaignKind().ParseName(visit.campaign(), "campaign"));
    SW_ASSIGN_OR_RETURN(const auto found, record::Select<v1::Campaign>(work.connection, CampaignKind(), "campaign_id = $1 FOR SHARE", pg::P(keys[0])));
    if (found.empty()) return MakeStatus(Code::kNotFound, "CAMPAIGN_NOT_FOUND", "there is no " + visit.campaign());
    if (found[0].state() != v1::CAMPAIGN_STATE_RUNNING) return MakeStatus(Code::kFailedPrecondition, "CAMPAIGN_NOT_RUNNING", "visits are recorded while the campaign runs");
    if (on < *Date::Parse(found[0].starts_on())) return InvalidField("visited_on", "a day of the campaign: from " + found[0].starts_on() + " on");
    SW_ASSIGN_OR_RETURN(const bool listed, store::MarkChecked(work.connection, keys[0], household_id, on, !visit.lead().empty()));
    return listed ? Status::Ok() : MakeStatus(Code::kFailedPrecondition, "CAMPAIGN_OTHER_HOUSEHOLD", "the household is not on the campaign's list");
}

v1::CadreVisit VisitOf(const v1::RecordCadreVisitRequest& q, const record::Work& work, const std::string& region_code) {
    v1::CadreVisit v;
    v.set_region_code(region_code);
    v.set_campaign(q.campaign());
    v.set_visited_on(q.visited_on());
    *v.mutable_visitors() = q.visitors();
    v.set_summary(q.summary());
    if (q.has_looks()) *v.mutable_looks() = q.looks();
    v.set_risk_type(q.finding().risk_type());
    v.set_difficulty(q.finding().difficulty());
    v.set_recorded_by(work.by.subject());
    v.mutable_recorded_at()->set_seconds(std::chrono::duration_cast<std::chrono::seconds>(work.now.time_since_epoch()).count());
    return v;
}

}  // namespace

Status CadreVisits::Record(const v1::RecordCadreVisitRequest& q, const type::v1::Principal& by, Deadline deadline, v1::CadreVisit& answer) const {
    SW_ASSIGN_OR_RETURN(const std::int64_t household_id, ParseHouseholdName(q.household(), "household"));
    SW_RETURN_IF_ERROR(CheckForm(q));
    return commands_.Transact("record_visit", by, q, deadline, answer, [&](record::Work& work) -> Status {
        SW_ASSIGN_OR_RETURN(const Date on, PastDay(q.visited_on(), "visited_on", work.today));
        SW_ASSIGN_OR_RETURN(const auto households, store::LockHouseholds(work.connection, {household_id}));
        if (households.empty() || !RegionContains(by.region_prefix(), households[0].region_code)) {
            return MakeStatus(Code::kNotFound, "HOUSEHOLD_NOT_FOUND", "no such household");
        }
        answer = VisitOf(q, work, households[0].region_code);
        if (q.has_finding()) {
            const std::string reference = q.campaign().empty() ? "daily visit " + q.visited_on() : q.campaign();
            SW_ASSIGN_OR_RETURN(const Reported reported, ReportLeadIn(work, {household_id, v1::LEAD_SOURCE_CADRE, q.finding().risk_type(), q.finding().grade(),
                                                                             q.finding().difficulty(), "", reference, std::nullopt}));
            answer.set_lead(NameOfLead(reported.lead));
        }
        if (!q.campaign().empty()) SW_RETURN_IF_ERROR(MarkInCampaign(work, answer, household_id, on));
        const std::int64_t parents[] = {household_id};
        SW_RETURN_IF_ERROR(record::Insert(work.connection, CadreVisitKind(), parents, answer));
        answer.set_household(q.household());
        return store::AnswerMustVisits(work.connection, household_id, on, answer.name()).status();
    });
}

Status CadreVisits::List(const v1::ListCadreVisitsRequest& q, const std::string& region, const type::v1::Principal& by, Deadline deadline,
                              v1::ListCadreVisitsResponse& response) const {
    SW_RETURN_IF_ERROR(commands_.List(CadreVisitKind(), q, region, by, tokens_, deadline, response));
    for (v1::CadreVisit& visit : *response.mutable_visits()) visit.set_household(visit.name().substr(0, visit.name().find("/visits/")));
    return Status::Ok();
}

Status CadreVisits::RecordPapers(const v1::RecordPapersRequest& q, const type::v1::Principal& by, Deadline deadline, v1::RecordPapersResponse& answer) const {
    if (q.households_size() == 0 || q.households_size() > kMostPapers) return InvalidField("households", "1 to 1000 households");
    std::set<std::int64_t> unique;
    for (int i = 0; i < q.households_size(); ++i) {
        SW_ASSIGN_OR_RETURN(const std::int64_t id, ParseHouseholdName(q.households(i), "households[" + std::to_string(i) + "]"));
        unique.insert(id);
    }
    const std::vector<std::int64_t> ids(unique.begin(), unique.end());
    return commands_.Transact("record_papers", by, q, deadline, answer, [&](record::Work& work) -> Status {
        SW_ASSIGN_OR_RETURN(const Date on, PastDay(q.delivered_on(), "delivered_on", work.today));
        if (on.year() != q.year()) return InvalidField("delivered_on", "a day of the paper's year");
        SW_ASSIGN_OR_RETURN(const std::int64_t inside, store::CountHouseholds(work.connection, ids, by.region_prefix()));
        if (inside != static_cast<std::int64_t>(ids.size())) return MakeStatus(Code::kNotFound, "HOUSEHOLD_NOT_FOUND", "one of the households is none of the caller's region");
        SW_ASSIGN_OR_RETURN(const std::int64_t delivered, store::RecordPapers(work.connection, q.paper(), q.year(), ids, on, by.subject()));
        answer.set_delivered(static_cast<std::int32_t>(delivered));
        answer.set_repeated(q.households_size() - answer.delivered());
        return Status::Ok();
    });
}

Status CadreVisits::ListPaperRates(const v1::ListPaperRatesRequest& q, const std::string& region, Deadline deadline, v1::ListPaperRatesResponse& response) const {
    static constexpr int kDigits[] = {2, 4, 6, 9, 12, 12};  // one level below
    const int level = RegionLevel(region);
    if (level < 0) return InvalidField("region_prefix", "0, 2, 4, 6, 9 or 12 digits");
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    SW_ASSIGN_OR_RETURN(auto rates, store::PaperRates(*lease, region, kDigits[level], q.paper(), q.year()));
    v1::PaperRate& total = *response.mutable_total();
    total.set_region_code(region);
    total.set_region_name(regions_.DisplayName(region));
    for (v1::PaperRate& rate : rates) {
        total.set_households(total.households() + rate.households());
        total.set_delivered(total.delivered() + rate.delivered());
        rate.set_region_name(regions_.DisplayName(rate.region_code()));
        *response.add_regions() = std::move(rate);
    }
    if (total.households() > 0) total.set_rate_bp(static_cast<std::int32_t>(std::int64_t{total.delivered()} * 10000 / total.households()));
    return Status::Ok();
}

}  // namespace shouwang::monitoring::usecase
