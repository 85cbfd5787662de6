// The rules studio's releases: drafts, shadow, approval by a second person, activation on their day.
#pragma once

#include "common/record/commands.h"
#include "services/monitoring/usecase/rule_books.h"
#include "shouwang/monitoring/v1/rule.pb.h"

namespace shouwang::monitoring::usecase {

const record::Kind& RuleReleaseKind();

// The rules that ship with the product come into force where none are yet.
Status ShipDefaultRules(const record::Commands& commands, Deadline deadline);

class RuleReleases {
public:
    RuleReleases(const record::Commands& commands, const model::PageTokens& tokens) : commands_(commands), tokens_(tokens) {}

    static v1::CheckRuleSetResponse Check(const v1::RuleSet& rule_set);
    // RULE_SET_INVALID (violations name rule and problem) where the set does not compile; nothing is kept then.
    Result<v1::RuleRelease> Create(const v1::CreateRuleReleaseRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    Result<v1::RuleRelease> Edit(const v1::EditRuleReleaseRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    // "shadow", "return", "discard". RULE_RELEASE_SHADOW_TAKEN where another release is in the shadow.
    Result<v1::RuleRelease> Move(const std::string& command, const v1::MoveRuleReleaseRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    Result<v1::RuleRelease> Approve(const v1::ApproveRuleReleaseRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    Result<v1::RuleRelease> Get(const std::string& name, const type::v1::Principal& by, Deadline deadline) const;
    Result<v1::ListRuleReleasesResponse> List(const v1::ListRuleReleasesRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    // Puts into force what is approved and whose day has come; every household is screened again afterwards.
    Status RunDue(Deadline deadline) const;

private:
    const record::Commands& commands_;
    const model::PageTokens& tokens_;
};

}  // namespace shouwang::monitoring::usecase
