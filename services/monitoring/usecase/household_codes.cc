#include "services/monitoring/usecase/household_codes.h"

#include "common/base/region_code.h"
#include "services/monitoring/domain/household_code.h"
#include "services/monitoring/store/case_store.h"
#include "services/monitoring/store/discovery_store.h"
#include "services/monitoring/store/registry_store.h"
#include "services/monitoring/usecase/discovery_kinds.h"
#include "services/monitoring/usecase/report_lead.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr std::size_t kIdBytes = 16;

Status InvalidCode() { return InvalidField("code", "一户一码无效，请核对或到村委会换领 / this is no household's code: check it, or ask the village for one", "HOUSEHOLD_CODE_INVALID"); }

Result<std::vector<v1::HouseholdCode>> InUse(pg::Connection& connection, std::int64_t household_id) {
    return record::Select<v1::HouseholdCode>(connection, HouseholdCodeKind(), "household_id = $1 AND state = $2::int",
                                             pg::P(household_id, std::int32_t{v1::HOUSEHOLD_CODE_STATE_ISSUED}));
}

}  // namespace

HouseholdCodes::HouseholdCodes(const record::Commands& commands, const model::PageTokens& tokens, const crypto::BlindIndex& blind)
    : commands_(commands), tokens_(tokens), key_(blind.Of("key of household codes")) {}

void HouseholdCodes::Show(v1::HouseholdCode& code) const {
    if (code.state() != v1::HOUSEHOLD_CODE_STATE_ISSUED) return;
    code.set_code(domain::EncodeHouseholdCode({code.opaque_id(), static_cast<std::uint32_t>(code.issue())}, key_));
}

Status HouseholdCodes::IssueIn(record::Work& work, std::int64_t household_id, const std::string& household_no, const std::string& region_code,
                               v1::HouseholdCode& code) const {
    SW_ASSIGN_OR_RETURN(const std::int64_t issued, store::CodesIssued(work.connection, household_id));
    const std::int64_t parents[] = {household_id};
    return commands_.CreateIn(HouseholdCodeKind(), "issue", parents, work, [&](record::Work&, google::protobuf::Message& m) {
        auto& made = static_cast<v1::HouseholdCode&>(m);
        made.set_household_no(household_no);
        made.set_region_code(region_code);
        made.set_opaque_id(domain::Base32(crypto::RandomBytes(kIdBytes)));
        made.set_issue(static_cast<std::int32_t>(issued) + 1);
        return Status::Ok();
    }, code);
}

Status HouseholdCodes::Issue(const v1::IssueHouseholdCodeRequest& q, const type::v1::Principal& by, Deadline deadline, v1::HouseholdCode& answer) const {
    SW_ASSIGN_OR_RETURN(const std::int64_t household_id, ParseHouseholdName(q.household(), "household"));
    return commands_.Transact("issue_household_code", by, q, deadline, answer, [&](record::Work& work) -> Status {
        SW_ASSIGN_OR_RETURN(const auto households, store::LockHouseholds(work.connection, {household_id}));
        if (households.empty() || !RegionContains(by.region_prefix(), households[0].region_code)) {
            return MakeStatus(Code::kNotFound, "HOUSEHOLD_NOT_FOUND", "no such household");
        }
        SW_ASSIGN_OR_RETURN(const auto in_use, InUse(work.connection, household_id));
        for (const v1::HouseholdCode& old : in_use) {
            v1::HouseholdCode revoked;
            SW_RETURN_IF_ERROR(commands_.MoveIn(HouseholdCodeKind(), "revoke", old.name(), work, [&](record::Work& w, google::protobuf::Message&) {
                w.step.set_note(q.note().empty() ? "replaced" : q.note());
                return Status::Ok();
            }, revoked));
        }
        SW_RETURN_IF_ERROR(IssueIn(work, household_id, households[0].household_no, households[0].region_code, answer));
        commands_.Show(HouseholdCodeKind(), by, answer);
        Show(answer);
        return Status::Ok();
    });
}

Status HouseholdCodes::IssueVillage(const v1::IssueVillageCodesRequest& q, const type::v1::Principal& by, Deadline deadline,
                                    v1::IssueVillageCodesResponse& answer) const {
    if (!RegionContains(by.region_prefix(), q.region_code())) return InvalidField("region_code", "a village of the caller's own region", "REGION_NOT_FOUND");
    return commands_.Transact("issue_village_codes", by, q, deadline, answer, [&](record::Work& work) -> Status {
        SW_ASSIGN_OR_RETURN(const auto without, store::LockUncoded(work.connection, q.region_code()));
        for (const store::UncodedHousehold& household : without) {
            v1::HouseholdCode code;
            SW_RETURN_IF_ERROR(IssueIn(work, household.household_id, household.household_no, q.region_code(), code));
        }
        answer.set_issued(static_cast<std::int32_t>(without.size()));
        return Status::Ok();
    });
}

Status HouseholdCodes::Revoke(const v1::RevokeHouseholdCodeRequest& q, const type::v1::Principal& by, Deadline deadline, v1::HouseholdCode& answer) const {
    return commands_.Move(HouseholdCodeKind(), "revoke", q, by, deadline, {}, answer);
}

Status HouseholdCodes::List(const v1::ListHouseholdCodesRequest& q, const std::string& region, const type::v1::Principal& by, Deadline deadline,
                            v1::ListHouseholdCodesResponse& response) const {
    SW_RETURN_IF_ERROR(commands_.List(HouseholdCodeKind(), q, region, by, tokens_, deadline, response));
    std::vector<std::int64_t> ids;
    for (v1::HouseholdCode& code : *response.mutable_codes()) {
        Show(code);
        SW_ASSIGN_OR_RETURN(const record::Keys keys, HouseholdCodeKind().ParseName(code.name()));
        ids.push_back(keys[0]);
    }
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    SW_ASSIGN_OR_RETURN(auto heads, store::HeadNames(*lease, ids));
    for (int i = 0; i < response.codes_size(); ++i) response.mutable_codes(i)->set_head_name(heads[ids[static_cast<std::size_t>(i)]]);
    return Status::Ok();
}

Result<std::int64_t> HouseholdCodes::HouseholdOf(pg::Connection& connection, const std::string& code) const {
    const auto parts = domain::ParseHouseholdCode(code, key_);
    if (!parts) return InvalidCode();
    SW_ASSIGN_OR_RETURN(const auto found, record::Select<v1::HouseholdCode>(connection, HouseholdCodeKind(), "opaque_id = $1", pg::P(parts->opaque_id)));
    if (found.empty() || static_cast<std::uint32_t>(found[0].issue()) != parts->issue) return InvalidCode();
    if (found[0].state() != v1::HOUSEHOLD_CODE_STATE_ISSUED) {
        return MakeStatus(Code::kFailedPrecondition, "HOUSEHOLD_CODE_REVOKED", "此码已停用，请到村委会换领 / this code is no longer in use: ask the village for the new one");
    }
    SW_ASSIGN_OR_RETURN(const record::Keys keys, HouseholdCodeKind().ParseName(found[0].name()));
    return keys[0];
}

}  // namespace shouwang::monitoring::usecase
