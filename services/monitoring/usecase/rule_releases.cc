#include "services/monitoring/usecase/rule_releases.h"

#include "services/monitoring/domain/release_table.h"
#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/store/rule_store.h"

namespace shouwang::monitoring::usecase {
namespace {

using v1::RuleRelease;

RuleRelease& Release(google::protobuf::Message& m) { return static_cast<RuleRelease&>(m); }

Status Invalid(const v1::CheckRuleSetResponse& checked) {
    Status status = MakeStatus(Code::kInvalidArgument, "RULE_SET_INVALID", "the rule set does not compile: " + checked.problems(0).rule() + ": " + checked.problems(0).message());
    for (const v1::RuleProblem& p : checked.problems()) status.violations.push_back({"rule_set." + p.rule(), p.reason() + ": " + p.message()});
    return status;
}

// One shadow and one active release: two people who move at once meet at the index.
Status Taken(Status status) {
    if (status.code != Code::kAlreadyExists || status.reason != "PG_ALREADY_EXISTS") return status;
    return MakeStatus(Code::kFailedPrecondition, "RULE_RELEASE_SHADOW_TAKEN", "another release is in the shadow: return or approve it first");
}

Result<std::string> Keep(record::Work& work, const v1::RuleSet& rule_set) {
    const v1::CheckRuleSetResponse checked = RuleReleases::Check(rule_set);
    if (!checked.problems().empty()) return Invalid(checked);
    v1::RuleSet kept = rule_set;
    kept.set_id(checked.id());
    SW_RETURN_IF_ERROR(store::KeepRuleSet(work.connection, kept, work.now));
    return checked.id();
}

Status Activate(const record::Commands& commands, record::Work& work, const std::string& name) {
    SW_ASSIGN_OR_RETURN(const auto active, record::Select<RuleRelease>(work.connection, RuleReleaseKind(), "state = $1", pg::P(std::int32_t{v1::RULE_RELEASE_STATE_ACTIVE})));
    RuleRelease release;
    for (const RuleRelease& old : active) SW_RETURN_IF_ERROR(commands.MoveIn(RuleReleaseKind(), "retire", old.name(), work, {}, release));
    SW_RETURN_IF_ERROR(commands.MoveIn(RuleReleaseKind(), "activate", name, work, {}, release));
    SW_RETURN_IF_ERROR(store::PutInForce(work.connection, release.rule_set()));
    return store::QueueRescreen(work.connection, "", "rule set " + release.rule_set().substr(0, 12) + " came into force", work.now);
}

}  // namespace

const record::Kind& RuleReleaseKind() {
    static const record::Kind kind(RuleRelease::descriptor(), "rule_release", "ruleReleases/{release_id}",
                                   {"state", "title", "rule_set", "author", "approved_by", "active_from", "state_since"}, &domain::RuleReleaseStates(), "RULE_RELEASE");
    return kind;
}

Status ShipDefaultRules(const record::Commands& commands, Deadline deadline) {
    SW_ASSIGN_OR_RETURN(const v1::RuleSet shipped, domain::DefaultRuleSet());
    RuleRelease release;
    return commands.Transact("ship", record::System(), release, deadline, release, [&](record::Work& work) -> Status {
        // Of several replicas that start at once the first one ships.
        SW_RETURN_IF_ERROR(work.connection.Exec("LOCK TABLE rule_release IN SHARE ROW EXCLUSIVE MODE").status());
        SW_ASSIGN_OR_RETURN(const std::string in_force, store::RuleSetInForce(work.connection));
        if (!in_force.empty()) return Status::Ok();
        SW_ASSIGN_OR_RETURN(const std::string id, Keep(work, shipped));
        SW_RETURN_IF_ERROR(commands.CreateIn(RuleReleaseKind(), "ship", {}, work, [&](record::Work& w, google::protobuf::Message& m) {
            Release(m).set_title("default rules of the product");
            Release(m).set_rule_set(id);
            Release(m).set_author(w.by.subject());
            Release(m).set_active_from(w.today.ToString());
            return Status::Ok();
        }, release));
        return Activate(commands, work, release.name());
    });
}

v1::CheckRuleSetResponse RuleReleases::Check(const v1::RuleSet& rule_set) {
    v1::CheckRuleSetResponse checked;
    for (const Status& problem : domain::RuleBook::Problems(rule_set)) {
        v1::RuleProblem& p = *checked.add_problems();
        for (const auto& [key, value] : problem.metadata) {
            if (key == "rule" || key == "parameter") p.set_rule(value);
        }
        p.set_reason(problem.reason);
        p.set_message(problem.message);
    }
    if (checked.problems().empty()) checked.set_id(domain::RuleBook::IdOf(rule_set));
    return checked;
}

Result<RuleRelease> RuleReleases::Create(const v1::CreateRuleReleaseRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    RuleRelease release;
    SW_RETURN_IF_ERROR(commands_.Create(RuleReleaseKind(), "create", {}, q, by, deadline, [&](record::Work& work, google::protobuf::Message& m) -> Status {
        v1::RuleSet content = q.rule_set();
        if (content.rules().empty() && content.parameters().empty()) {
            SW_ASSIGN_OR_RETURN(content, store::GetRuleSet(work.connection, ""));
        }
        SW_ASSIGN_OR_RETURN(const std::string id, Keep(work, content));
        Release(m).set_title(q.title());
        Release(m).set_rule_set(id);
        Release(m).set_author(by.subject());
        return Status::Ok();
    }, release));
    return release;
}

Result<RuleRelease> RuleReleases::Edit(const v1::EditRuleReleaseRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    RuleRelease release;
    SW_RETURN_IF_ERROR(commands_.Move(RuleReleaseKind(), "edit", q, by, deadline, [&](record::Work& work, google::protobuf::Message& m) -> Status {
        SW_ASSIGN_OR_RETURN(const std::string id, Keep(work, q.rule_set()));
        Release(m).set_rule_set(id);
        Release(m).set_author(by.subject());
        return Status::Ok();
    }, release));
    return release;
}

Result<RuleRelease> RuleReleases::Move(const std::string& command, const v1::MoveRuleReleaseRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    RuleRelease release;
    SW_RETURN_IF_ERROR(Taken(commands_.Move(RuleReleaseKind(), command, q, by, deadline, {}, release)));
    return release;
}

Result<RuleRelease> RuleReleases::Approve(const v1::ApproveRuleReleaseRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    RuleRelease release;
    SW_RETURN_IF_ERROR(commands_.Move(RuleReleaseKind(), "approve", q, by, deadline, [&](record::Work& work, google::protobuf::Message& m) -> Status {
        const auto day = Date::Parse(q.active_from());
        if (!day || *day < work.today) return InvalidField("active_from", "a day that has not passed");
        Release(m).set_active_from(q.active_from());
        Release(m).set_approved_by(by.subject());
        return Status::Ok();
    }, release));
    return release;
}

Result<RuleRelease> RuleReleases::Get(const std::string& name, const type::v1::Principal& by, Deadline deadline) const {
    RuleRelease release;
    SW_RETURN_IF_ERROR(commands_.Get(RuleReleaseKind(), name, by, deadline, release));
    return release;
}

Result<v1::ListRuleReleasesResponse> RuleReleases::List(const v1::ListRuleReleasesRequest& q, const type::v1::Principal& by, Deadline deadline) const {
    v1::ListRuleReleasesResponse response;
    SW_RETURN_IF_ERROR(commands_.List(RuleReleaseKind(), q, "", by, tokens_, deadline, response));
    return response;
}

Status RuleReleases::RunDue(Deadline deadline) const {
    RuleRelease none;
    return commands_.Transact("activate", record::System(), none, deadline, none, [&](record::Work& work) -> Status {
        SW_ASSIGN_OR_RETURN(const auto due, record::Select<RuleRelease>(work.connection, RuleReleaseKind(),
            "state = $1 AND active_from <= $2 ORDER BY active_from, release_id FOR NO KEY UPDATE", pg::P(std::int32_t{v1::RULE_RELEASE_STATE_APPROVED}, work.today)));
        for (const RuleRelease& release : due) SW_RETURN_IF_ERROR(Activate(commands_, work, release.name()));
        return Status::Ok();
    });
}

}  // namespace shouwang::monitoring::usecase
