#include "services/monitoring/usecase/case_facts.h"

#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/usecase/household_view.h"

namespace shouwang::monitoring::usecase {

Status WithFacts(pg::Connection& connection, RuleBooks& books, std::int64_t household_id, Date today,
                 const std::function<Status(const domain::HouseholdFacts&, const v1::RuleSet&)>& body) {
    SW_ASSIGN_OR_RETURN(auto records, store::ReadHouseholds(connection, {household_id}));
    if (records.empty()) return MakeStatus(Code::kNotFound, "HOUSEHOLD_NOT_FOUND", "no such household");
    HouseholdView view(std::move(records[0]));
    const std::string region = view.record().region_code;
    SW_ASSIGN_OR_RETURN(const auto villages, store::VillageStates(connection, {region}));
    const domain::SubjectState village = domain::SubjectState::Parse(villages.empty() ? "" : villages.begin()->second);
    SW_ASSIGN_OR_RETURN(const auto coverage, store::LoadCoverage(connection));
    SW_ASSIGN_OR_RETURN(const auto book, books.InForce(connection));
    const auto parameters = book->ParametersFor(region, today);
    const domain::HouseholdFacts facts(view.Input(&village), today, coverage, parameters);
    return body(facts, book->rule_set());
}

}  // namespace shouwang::monitoring::usecase
