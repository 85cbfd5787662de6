// Codes of households: issued one by one or for a village, revoked, listed for printing; and looked up when a farmer declares.
#pragma once

#include <string>

#include "common/crypto/crypto.h"
#include "common/model/page.h"
#include "common/record/commands.h"
#include "shouwang/monitoring/v1/discovery.pb.h"

namespace shouwang::monitoring::usecase {

class HouseholdCodes {
public:
    // The key of the tags is derived from the blind index's: a code says as little as the index, and lives as long.
    HouseholdCodes(const record::Commands& commands, const model::PageTokens& tokens, const crypto::BlindIndex& blind);

    Status Issue(const v1::IssueHouseholdCodeRequest& request, const type::v1::Principal& by, Deadline deadline, v1::HouseholdCode& answer) const;
    Status IssueVillage(const v1::IssueVillageCodesRequest& request, const type::v1::Principal& by, Deadline deadline, v1::IssueVillageCodesResponse& answer) const;
    Status Revoke(const v1::RevokeHouseholdCodeRequest& request, const type::v1::Principal& by, Deadline deadline, v1::HouseholdCode& answer) const;
    Status List(const v1::ListHouseholdCodesRequest& request, const std::string& region, const type::v1::Principal& by, Deadline deadline,
                v1::ListHouseholdCodesResponse& response) const;

    // The household whose code this is. INVALID_ARGUMENT "HOUSEHOLD_CODE_INVALID" on `code`, FAILED_PRECONDITION "HOUSEHOLD_CODE_REVOKED".
    Result<std::int64_t> HouseholdOf(pg::Connection& connection, const std::string& code) const;

private:
    Status IssueIn(record::Work& work, std::int64_t household_id, const std::string& household_no, const std::string& region_code, v1::HouseholdCode& code) const;
    void Show(v1::HouseholdCode& code) const;
    const record::Commands& commands_;
    const model::PageTokens& tokens_;
    std::string key_;
};

}  // namespace shouwang::monitoring::usecase
