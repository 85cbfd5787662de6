#include "services/monitoring/domain/case_table.h"

#include <string>

namespace shouwang::monitoring::domain {
namespace {

using namespace v1;
using flow::Actors;
using flow::StateLimit;
using flow::Transition;
using flow::When;
using options::v1::ROLE_CITY_OPERATOR;
using options::v1::ROLE_COUNTY_OPERATOR;
using options::v1::ROLE_PROVINCE_OPERATOR;
using options::v1::ROLE_SERVICE;
using options::v1::ROLE_TOWNSHIP_OPERATOR;
using options::v1::ROLE_VILLAGE_OPERATOR;

constexpr Actors kLocal{ROLE_VILLAGE_OPERATOR, ROLE_TOWNSHIP_OPERATOR, ROLE_COUNTY_OPERATOR};
constexpr Actors kLocalOrSystem{ROLE_VILLAGE_OPERATOR, ROLE_TOWNSHIP_OPERATOR, ROLE_COUNTY_OPERATOR, ROLE_SERVICE};
constexpr Actors kTownshipOrCounty{ROLE_TOWNSHIP_OPERATOR, ROLE_COUNTY_OPERATOR};
constexpr Actors kTownshipCountyOrSystem{ROLE_TOWNSHIP_OPERATOR, ROLE_COUNTY_OPERATOR, ROLE_SERVICE};
constexpr Actors kCity{ROLE_CITY_OPERATOR};
constexpr Actors kCountyOrAbove{ROLE_COUNTY_OPERATOR, ROLE_CITY_OPERATOR, ROLE_PROVINCE_OPERATOR};

constexpr CaseState kBeforeVisit[] = {CASE_STATE_OPENED, CASE_STATE_PROVISIONAL, CASE_STATE_RETURNED};
constexpr CaseState kProcedure[] = {CASE_STATE_OPENED,          CASE_STATE_PROVISIONAL,       CASE_STATE_RETURNED,        CASE_STATE_VISITED,
                                    CASE_STATE_CROSS_CHECKED,   CASE_STATE_REVIEWED,          CASE_STATE_PUBLICISED,      CASE_STATE_OBJECTED,
                                    CASE_STATE_PUBLICITY_ENDED, CASE_STATE_TOWNSHIP_REVIEWED, CASE_STATE_COUNTY_APPROVED, CASE_STATE_ANNOUNCED};
constexpr CaseState kMonitored[] = {CASE_STATE_MONITORED, CASE_STATE_SUPPORTED, CASE_STATE_GUARANTEED_TRACKING, CASE_STATE_ELIMINATION_REVIEW};

constexpr std::string_view kIfOrdinary = "not entered provisionally", kIfProvisional = "entered provisionally";

// Opening, the green channel, the visit with the authority, and the cross-check that may run beside it.
void AddChecks(std::vector<Transition>& t) {
    t.push_back({0, "open", kLocalOrSystem, CASE_STATE_OPENED});
    t.push_back({CASE_STATE_OPENED, "confirm_emergency", flow::kVillageOrTownship, CASE_STATE_OPENED});
    t.push_back(
        {CASE_STATE_OPENED, "enter_provisionally", flow::kCounty, CASE_STATE_PROVISIONAL, When<EmergencyConfirmed>, "village and township confirm"});
    for (const CaseState from : kBeforeVisit) t.push_back({from, "record_visit", flow::kVillageOrTownship, CASE_STATE_VISITED});
    for (const CaseState from : {CASE_STATE_OPENED, CASE_STATE_PROVISIONAL, CASE_STATE_RETURNED, CASE_STATE_VISITED}) {
        t.push_back({from, "record_authority", flow::kVillageOrTownship, from});
        t.push_back({from, "start_cross_check", flow::kCounty, from});
        t.push_back({from, "record_findings", flow::kCounty, from});
    }
    t.push_back({CASE_STATE_VISITED, "finish_cross_check", flow::kCounty, CASE_STATE_CROSS_CHECKED});
    t.push_back({CASE_STATE_VISITED, "skip_cross_check", flow::kCounty, CASE_STATE_CROSS_CHECKED});
}

void AddVillage(std::vector<Transition>& t) {
    t.push_back({CASE_STATE_CROSS_CHECKED, "record_review", flow::kVillage, CASE_STATE_REVIEWED});
    t.push_back(
        {CASE_STATE_REVIEWED, "start_publicity", flow::kVillage, CASE_STATE_PUBLICISED, When<ReadyForPublicity>, "review carried, no publicity yet"});
    // Publicity is held once: a case that was sent back after it goes on without a second one.
    t.push_back(
        {CASE_STATE_REVIEWED, "submit", flow::kVillage, CASE_STATE_PUBLICITY_ENDED, When<PublicityDone>, "review carried, publicity held before"});
    t.push_back({CASE_STATE_PUBLICISED, "file_objection", flow::kVillageOrTownship, CASE_STATE_OBJECTED});
    t.push_back({CASE_STATE_OBJECTED, "file_objection", flow::kVillageOrTownship, CASE_STATE_OBJECTED});
    t.push_back({CASE_STATE_OBJECTED, "dismiss_objection", flow::kVillageOrTownship, CASE_STATE_PUBLICISED});
    t.push_back({CASE_STATE_OBJECTED, "recheck_objection", flow::kVillageOrTownship, CASE_STATE_RETURNED});
    t.push_back({CASE_STATE_OBJECTED, "uphold_objection", flow::kTownship, CASE_STATE_REJECTED, When<NotProvisional>, kIfOrdinary});
    t.push_back({CASE_STATE_PUBLICISED, "end_publicity", flow::kVillageOrTownship, CASE_STATE_PUBLICITY_ENDED, nullptr, {}, "case.publicity_days"});
}

void AddDecision(std::vector<Transition>& t) {
    t.push_back({CASE_STATE_PUBLICITY_ENDED, "township_review", flow::kTownship, CASE_STATE_TOWNSHIP_REVIEWED});
    t.push_back({CASE_STATE_PUBLICITY_ENDED, "return", flow::kTownship, CASE_STATE_RETURNED});
    t.push_back({CASE_STATE_TOWNSHIP_REVIEWED, "approve", flow::kCounty, CASE_STATE_COUNTY_APPROVED, When<ReadyForApproval>,
                 "category fits, every hard finding overridden"});
    t.push_back({CASE_STATE_TOWNSHIP_REVIEWED, "return", flow::kCounty, CASE_STATE_RETURNED});
    t.push_back({CASE_STATE_COUNTY_APPROVED, "city_review", kCity, CASE_STATE_COUNTY_APPROVED, When<CityReviewNeeded>, "the region asks for it"});
    t.push_back({CASE_STATE_COUNTY_APPROVED, "return", kCity, CASE_STATE_RETURNED, When<CityReviewNeeded>, "the region asks for it"});
    t.push_back(
        {CASE_STATE_COUNTY_APPROVED, "announce", flow::kTownship, CASE_STATE_ANNOUNCED, When<ReadyForAnnouncement>, "city review done where needed"});
    t.push_back({CASE_STATE_ANNOUNCED, "enter", flow::kVillageOrTownship, CASE_STATE_MONITORED});
    for (const CaseState from : {CASE_STATE_CROSS_CHECKED, CASE_STATE_REVIEWED, CASE_STATE_PUBLICISED, CASE_STATE_OBJECTED,
                                 CASE_STATE_PUBLICITY_ENDED, CASE_STATE_TOWNSHIP_REVIEWED}) {
        t.push_back({from, "override_finding", flow::kCounty, from});
    }
}

// Ends before identification, and new evidence that joins.
void AddEnds(std::vector<Transition>& t) {
    for (const CaseState from : {CASE_STATE_VISITED, CASE_STATE_REVIEWED})
        t.push_back({from, "reject", kLocal, CASE_STATE_REJECTED, When<NotProvisional>, kIfOrdinary});
    for (const CaseState from : {CASE_STATE_CROSS_CHECKED, CASE_STATE_PUBLICITY_ENDED}) {
        t.push_back({from, "reject", kTownshipOrCounty, CASE_STATE_REJECTED, When<NotProvisional>, kIfOrdinary});
    }
    t.push_back({CASE_STATE_TOWNSHIP_REVIEWED, "reject", flow::kCounty, CASE_STATE_REJECTED, When<NotProvisional>, kIfOrdinary});
    for (const CaseState from : kProcedure) {
        t.push_back({from, "join", kLocalOrSystem, from});
        if (from != CASE_STATE_PROVISIONAL) t.push_back({from, "withdraw", kLocal, CASE_STATE_WITHDRAWN, When<NotProvisional>, kIfOrdinary});
        if (from != CASE_STATE_OPENED) t.push_back({from, "revoke", flow::kCounty, CASE_STATE_REVOKED, When<Provisional>, kIfProvisional});
    }
}

void AddMonitored(std::vector<Transition>& t) {
    t.push_back({CASE_STATE_MONITORED, "accept_plan", kTownshipCountyOrSystem, CASE_STATE_SUPPORTED});
    t.push_back({CASE_STATE_SUPPORTED, "propose_elimination", flow::kVillageOrTownship, CASE_STATE_ELIMINATION_REVIEW});
    t.push_back({CASE_STATE_ELIMINATION_REVIEW, "refuse_elimination", kLocalOrSystem, CASE_STATE_SUPPORTED});
    t.push_back({CASE_STATE_ELIMINATION_REVIEW, "eliminate", flow::kCounty, CASE_STATE_ELIMINATED});
    t.push_back({CASE_STATE_SUPPORTED, "track_guarantee", kTownshipCountyOrSystem, CASE_STATE_GUARANTEED_TRACKING});
    t.push_back({CASE_STATE_GUARANTEED_TRACKING, "resume_support", kTownshipCountyOrSystem, CASE_STATE_SUPPORTED});
    t.push_back({CASE_STATE_ELIMINATED, "roll_back", kCountyOrAbove, CASE_STATE_SUPPORTED});
    for (const CaseState from : kMonitored) {
        t.push_back({from, "join", kLocalOrSystem, from});
        t.push_back({from, "end_naturally", kTownshipCountyOrSystem, CASE_STATE_ENDED_NATURALLY});
    }
}

std::string_view OpenedLimit(const google::protobuf::Message& m) {
    return static_cast<const Case&>(m).green_channel() ? "case.provisional_hours" : "case.visit_days";
}

std::vector<StateLimit> Limits() {
    return {{CASE_STATE_OPENED, {}, &OpenedLimit},
            {CASE_STATE_PROVISIONAL, "case.visit_days"},
            {CASE_STATE_RETURNED, "case.visit_days"},
            {CASE_STATE_VISITED, "case.cross_check_days"},
            {CASE_STATE_CROSS_CHECKED, "case.review_days"},
            {CASE_STATE_REVIEWED, "case.publicity_start_days"},
            {CASE_STATE_PUBLICISED, "case.publicity_end_days"},
            {CASE_STATE_OBJECTED, "case.objection_days"},
            {CASE_STATE_PUBLICITY_ENDED, "case.township_days"},
            {CASE_STATE_TOWNSHIP_REVIEWED, "case.county_days"},
            {CASE_STATE_COUNTY_APPROVED, "case.announce_days"},
            {CASE_STATE_ANNOUNCED, "case.enter_days"}};
}

Status Refuse(const char* reason, std::string message) { return MakeStatus(Code::kFailedPrecondition, reason, std::move(message)); }

Status Carried(const Case& c) {
    return c.review().carried() ? Status::Ok()
                                : Refuse("CASE_REVIEW_NOT_CARRIED", "the village review did not carry the case: reject or withdraw it");
}

}  // namespace

const flow::StateTable& CaseStates() {
    static const flow::StateTable table = [] {
        std::vector<Transition> t;
        AddChecks(t);
        AddVillage(t);
        AddDecision(t);
        AddEnds(t);
        AddMonitored(t);
        return flow::StateTable("CASE", CaseState_descriptor(), std::move(t), Limits(),
                                {CASE_STATE_REJECTED, CASE_STATE_WITHDRAWN, CASE_STATE_REVOKED, CASE_STATE_ENDED_NATURALLY});
    }();
    return table;
}

bool IsMonitored(CaseState state) { return state >= CASE_STATE_MONITORED && state <= CASE_STATE_ELIMINATION_REVIEW; }

bool IsIdentified(CaseState state) { return state >= CASE_STATE_MONITORED && state <= CASE_STATE_ENDED_NATURALLY; }

std::vector<CaseState> StatesWaitingFor(options::v1::Role role) {
    switch (role) {
        case ROLE_VILLAGE_OPERATOR:
            return {CASE_STATE_OPENED,   CASE_STATE_PROVISIONAL, CASE_STATE_RETURNED, CASE_STATE_CROSS_CHECKED,
                    CASE_STATE_REVIEWED, CASE_STATE_PUBLICISED,  CASE_STATE_OBJECTED, CASE_STATE_ANNOUNCED};
        case ROLE_TOWNSHIP_OPERATOR:
            return {CASE_STATE_OPENED,          CASE_STATE_OBJECTED,  CASE_STATE_PUBLICITY_ENDED,
                    CASE_STATE_COUNTY_APPROVED, CASE_STATE_ANNOUNCED, CASE_STATE_MONITORED};
        case ROLE_COUNTY_OPERATOR:
            return {CASE_STATE_OPENED, CASE_STATE_VISITED, CASE_STATE_TOWNSHIP_REVIEWED, CASE_STATE_ELIMINATION_REVIEW};
        case ROLE_CITY_OPERATOR:
            return {CASE_STATE_COUNTY_APPROVED};
        default:
            return {};
    }
}

bool IsProvisional(const Case& c) { return c.emergency().has_entered_at(); }

Status NotProvisional(const Case& c) {
    return IsProvisional(c) ? Refuse("CASE_PROVISIONAL", "the family was entered provisionally: the county revokes it, help already given is kept")
                            : Status::Ok();
}

Status Provisional(const Case& c) {
    return IsProvisional(c) ? Status::Ok() : Refuse("CASE_NOT_PROVISIONAL", "the family was not entered provisionally: reject or withdraw the case");
}

Status EmergencyConfirmed(const Case& c) {
    if (!c.emergency().village_confirmed_by().empty() && !c.emergency().township_confirmed_by().empty()) return Status::Ok();
    return Refuse("CASE_EMERGENCY_UNCONFIRMED", "the emergency must be confirmed by village and township first");
}

Status ReadyForPublicity(const Case& c) {
    SW_RETURN_IF_ERROR(Carried(c));
    return c.publicity().has_ended_at() ? Refuse("CASE_PUBLICITY_ONCE", "publicity is held once, in the village: submit the case") : Status::Ok();
}

Status PublicityDone(const Case& c) {
    SW_RETURN_IF_ERROR(Carried(c));
    return c.publicity().has_ended_at() ? Status::Ok() : Refuse("CASE_PUBLICITY_MISSING", "publicity has not been held");
}

Status ReadyForApproval(const Case& c) {
    if (c.category() == CASE_CATEGORY_UNSPECIFIED) return InvalidField("category", "M1, M2 or M3", "CASE_CATEGORY");
    std::string open;
    for (const Finding& f : c.cross_check().findings()) {
        if (f.answer() != CHECK_ANSWER_YES || f.verdict() != VERDICT_HARD || f.has_overridden()) continue;
        open += (open.empty() ? "" : ", ") + CrossCheckItem_Name(f.item());
    }
    if (open.empty()) return Status::Ok();
    Status status = Refuse("CASE_HARD_FINDING", "a hard finding needs an override with evidence, or the case is rejected by a person: " + open);
    status.metadata = {{"items", open}};
    return status;
}

Status CityReviewNeeded(const Case& c) {
    return c.city_review_needed() ? Status::Ok() : Refuse("CASE_CITY_REVIEW", "this region knows no city review");
}

Status ReadyForAnnouncement(const Case& c) {
    if (!c.city_review_needed() || !c.city_reviewed_by().empty()) return Status::Ok();
    return Refuse("CASE_CITY_REVIEW", "the city has not reviewed the case yet");
}

}  // namespace shouwang::monitoring::domain
