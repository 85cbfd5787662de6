#include "services/monitoring/domain/release_table.h"

#include "shouwang/monitoring/v1/rule.pb.h"

namespace shouwang::monitoring::domain {
namespace {

using namespace v1;

Status AnotherPerson(const RuleRelease& release) {
    if (release.approved_by() != release.author()) return Status::Ok();
    return MakeStatus(Code::kPermissionDenied, "RULE_RELEASE_SAME_PERSON", "a rule set is approved by another person than its author");
}

}  // namespace

const flow::StateTable& RuleReleaseStates() {
    static const flow::StateTable table(
        "RULE_RELEASE", RuleReleaseState_descriptor(),
        {{RULE_RELEASE_STATE_UNSPECIFIED, "create", flow::kProvince, RULE_RELEASE_STATE_DRAFT},
         {RULE_RELEASE_STATE_UNSPECIFIED, "ship", flow::kSystem, RULE_RELEASE_STATE_APPROVED},
         {RULE_RELEASE_STATE_DRAFT, "edit", flow::kProvince, RULE_RELEASE_STATE_DRAFT},
         {RULE_RELEASE_STATE_DRAFT, "shadow", flow::kProvince, RULE_RELEASE_STATE_SHADOW},
         {RULE_RELEASE_STATE_DRAFT, "discard", flow::kProvince, RULE_RELEASE_STATE_DISCARDED},
         {RULE_RELEASE_STATE_SHADOW, "return", flow::kProvince, RULE_RELEASE_STATE_DRAFT},
         {RULE_RELEASE_STATE_SHADOW, "approve", flow::kProvince, RULE_RELEASE_STATE_APPROVED, flow::When<AnotherPerson>, "by another person than the author"},
         {RULE_RELEASE_STATE_SHADOW, "discard", flow::kProvince, RULE_RELEASE_STATE_DISCARDED},
         {RULE_RELEASE_STATE_APPROVED, "activate", flow::kSystem, RULE_RELEASE_STATE_ACTIVE},
         {RULE_RELEASE_STATE_APPROVED, "discard", flow::kProvince, RULE_RELEASE_STATE_DISCARDED},
         {RULE_RELEASE_STATE_ACTIVE, "retire", flow::kSystem, RULE_RELEASE_STATE_RETIRED}},
        {}, {RULE_RELEASE_STATE_RETIRED, RULE_RELEASE_STATE_DISCARDED});
    return table;
}

}  // namespace shouwang::monitoring::domain
