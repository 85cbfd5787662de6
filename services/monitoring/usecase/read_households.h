// Households as people read them: members, facts with source and age, and the rules that are blind for want of a fact.
#pragma once

#include "common/base/clock.h"
#include "common/crypto/crypto.h"
#include "common/model/page.h"
#include "common/pg/pg.h"
#include "services/monitoring/usecase/history.h"
#include "services/monitoring/usecase/regions.h"
#include "services/monitoring/usecase/rule_books.h"
#include "shouwang/monitoring/v1/household.pb.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::monitoring::usecase {

class HouseholdReader {
public:
    HouseholdReader(pg::Pool& pool, const RuleBooks& books, const Regions& regions, const crypto::Sealer& sealer, const crypto::BlindIndex& blind,
                    const model::PageTokens& tokens, const Clock& clock)
        : pool_(pool), books_(books), regions_(regions), sealer_(sealer), blind_(blind), tokens_(tokens), clock_(clock) {}

    // NOT_FOUND "HOUSEHOLD_NOT_FOUND" outside the region. Personal fields are in the clear: the gateway's masking gate is next.
    Result<v1::Household> Get(const std::string& name, const std::string& region, Deadline deadline) const;
    // The same on a past day, by what was known at a past moment; by the rules in force now.
    Result<v1::Household> GetAsOf(const v1::GetHouseholdAsOfRequest& request, const std::string& region, Deadline deadline) const;
    Result<v1::ListHouseholdsResponse> List(const v1::ListHouseholdsRequest& request, const std::string& region, Deadline deadline) const;

private:
    // What a household is on a day: its parts, and what they say by the rules in force.
    Status AddFacts(pg::Connection& connection, HouseholdsThen then, Date today, v1::Household& household) const;
    Result<v1::Household> Find(pg::Connection& connection, std::int64_t household_id, const std::string& region) const;
    Status AddPersons(pg::Connection& connection, std::int64_t household_id, v1::Household& household) const;
    pg::Pool& pool_;
    const RuleBooks& books_;
    const Regions& regions_;
    const crypto::Sealer& sealer_;
    const crypto::BlindIndex& blind_;
    const model::PageTokens& tokens_;
    const Clock& clock_;
};

}  // namespace shouwang::monitoring::usecase
