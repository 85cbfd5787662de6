// Reading cases.
#include <set>

#include "common/base/region_code.h"
#include "services/monitoring/domain/case_table.h"
#include "services/monitoring/domain/cross_check.h"
#include "services/monitoring/store/case_store.h"
#include "services/monitoring/usecase/case_body.h"
#include "services/monitoring/usecase/cases.h"

namespace shouwang::monitoring::usecase {

// What is not stored with the case.
Status Cases::Fill(pg::Connection& connection, const std::vector<v1::Case*>& cases) const {
    std::vector<std::int64_t> households;
    for (const v1::Case* c : cases) households.push_back(HouseholdIdOf(*c));
    SW_ASSIGN_OR_RETURN(const auto names, store::HeadNames(connection, households));
    const TimePoint now = commands_.clock().Now();
    for (v1::Case* c : cases) {
        const std::int64_t household = HouseholdIdOf(*c);
        c->set_household("households/" + std::to_string(household));
        if (const auto name = names.find(household); name != names.end()) c->set_head_name(name->second);
        c->set_total_overdue(!domain::IsIdentified(c->state()) && TimeAt(c->total_due_at()) < now);
    }
    return Status::Ok();
}

Status Cases::Get(const v1::GetCaseRequest& q, const By& by, Deadline deadline, v1::Case& answer) const {
    SW_RETURN_IF_ERROR(commands_.Get(CaseKind(), q.name(), by, deadline, answer));
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    return Fill(*lease, {&answer});
}

Status Cases::List(const v1::ListCasesRequest& q, std::string_view region, const By& by, Deadline deadline, v1::ListCasesResponse& response) const {
    SW_RETURN_IF_ERROR(commands_.List(CaseKind(), q, region, by, tokens_, deadline, response));
    std::vector<v1::Case*> cases;
    for (v1::Case& c : *response.mutable_cases()) cases.push_back(&c);
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    return Fill(*lease, cases);
}

Status Cases::ListWork(const v1::ListCaseWorkRequest& q, std::string_view region, const By& by, Deadline deadline,
                       v1::ListCasesResponse& response) const {
    std::set<v1::CaseState> states;
    for (const options::v1::Role role : record::RolesOf(by)) {
        for (const v1::CaseState state : domain::StatesWaitingFor(role)) states.insert(state);
    }
    if (states.empty()) return Status::Ok();
    v1::ListCasesRequest list;
    list.set_region_prefix(q.region_prefix());
    list.set_only_overdue(q.only_overdue());
    list.set_page_size(q.page_size());
    list.set_page_token(q.page_token());
    for (const v1::CaseState state : states) list.add_states(state);
    return List(list, region, by, deadline, response);
}

Result<v1::CategoryView> Cases::Suggest(const v1::SuggestCategoryRequest& q, const By& by, Deadline deadline) const {
    v1::CategoryView view;
    // Books are taken in a transaction: the rule set in force is one for the whole answer.
    SW_RETURN_IF_ERROR(pg::RunInTransaction(commands_.pool(), deadline, [&](pg::Connection& connection) -> Status {
        v1::Case c;
        SW_RETURN_IF_ERROR(record::Read(connection, CaseKind(), q.name(), by.region_prefix(), c));
        SW_ASSIGN_OR_RETURN(view, View(connection, c, commands_.clock().Today()));
        return Status::Ok();
    }));
    return view;
}

v1::CrossCheckRules Cases::RulesFor(std::string_view region_code) const {
    v1::CrossCheckRules answer;
    for (v1::CrossCheckRule& rule : domain::CrossCheckInForce(rules_, region_code, commands_.clock().Today())) *answer.add_rules() = std::move(rule);
    return answer;
}

Status Cases::ListPublicity(const v1::ListPublicityRequest& q, Deadline deadline, v1::ListPublicityResponse& response) const {
    if (RegionLevel(q.region_code()) != 5) return InvalidField("region_code", "12 digits of a village");
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    SW_ASSIGN_OR_RETURN(const auto posted, record::Select<v1::Case>(*lease, CaseKind(), "region_code = $1 AND state = $2 ORDER BY case_id",
                                                                    pg::P(q.region_code(), std::int32_t{v1::CASE_STATE_PUBLICISED})));
    const TimePoint now = commands_.clock().Now();
    for (const v1::Case& c : posted) {
        const v1::Publicity& p = c.publicity();
        if (TimeAt(p.expires_at()) <= now) continue;
        v1::PublicityItem& item = *response.add_items();
        item.set_masked_name(p.masked_name());
        item.set_members(p.members());
        item.set_category(p.category());
        item.set_started_on(DateAt(TimeAt(p.started_at())).ToString());
        item.set_ends_on(DateAt(TimeAt(p.expires_at()) - std::chrono::seconds(1)).ToString());
        item.set_place(p.place());
        item.set_contact(p.contact());
    }
    return Status::Ok();
}

}  // namespace shouwang::monitoring::usecase
