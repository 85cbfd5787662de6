#include "services/monitoring/domain/cross_check.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "common/base/region_code.h"
#include "services/monitoring/domain/embedded_text.h"
#include "services/monitoring/domain/fact_operand.h"

namespace shouwang::monitoring::domain {

extern const std::string_view kCrossCheck;

namespace {

using namespace v1;

Status Broken(const CrossCheckRule& rule, const std::string& what) {
    return MakeStatus(Code::kInvalidArgument, "CROSS_CHECK_RULES", CrossCheckItem_Name(rule.item()) + ": " + what);
}

std::string Names(std::span<const CrossCheckItem> items) {
    std::string names;
    for (const CrossCheckItem item : items) names += (names.empty() ? "" : ", ") + CrossCheckItem_Name(item);
    return names;
}

Status NoAuthority(const char* why, std::string message, std::span<const CrossCheckItem> items) {
    Status status = MakeStatus(Code::kFailedPrecondition, "CASE_NO_AUTHORITY", std::move(message));
    status.metadata = {{"why", why}, {"items", Names(items)}};
    return status;
}

}  // namespace

Result<CrossCheckRules> DefaultCrossCheckRules() {
    CrossCheckRules rules;
    SW_RETURN_IF_ERROR(ParseText(kCrossCheck, "cross-check rules", "CROSS_CHECK_RULES", rules));
    SW_RETURN_IF_ERROR(CheckCrossCheckRules(rules));
    return rules;
}

Status CheckCrossCheckRules(const CrossCheckRules& rules) {
    std::set<std::tuple<int, std::string, std::string>> seen;
    std::set<int> everywhere;
    for (const CrossCheckRule& rule : rules.rules()) {
        if (rule.item() == CROSS_CHECK_ITEM_UNSPECIFIED || rule.verdict() == VERDICT_UNSPECIFIED) return Broken(rule, "item and verdict are needed");
        if (!Date::Parse(rule.valid_from()) || RegionLevel(rule.region_prefix()) < 0) return Broken(rule, "region_prefix and valid_from are needed");
        if (rule.departments().empty() || rule.source().empty()) return Broken(rule, "departments and source are needed");
        const Fact* fact = rule.fact().empty() ? nullptr : Facts().Find(rule.fact());
        if (!rule.fact().empty() && (fact == nullptr || fact->owner != FactOwner::kPerson))
            return Broken(rule, rule.fact() + " is no fact of a member");
        if (!seen.emplace(rule.item(), rule.region_prefix(), rule.valid_from()).second) return Broken(rule, "twice for the same region and day");
        if (rule.region_prefix().empty()) everywhere.insert(rule.item());
    }
    for (int item = CrossCheckItem_MIN + 1; item <= CrossCheckItem_MAX; ++item) {
        if (!everywhere.contains(item))
            return MakeStatus(Code::kInvalidArgument, "CROSS_CHECK_RULES",
                              CrossCheckItem_Name(static_cast<CrossCheckItem>(item)) + " has no row for everywhere");
    }
    return Status::Ok();
}

std::vector<CrossCheckRule> CrossCheckInForce(const CrossCheckRules& rules, std::string_view region_code, Date day) {
    std::vector<CrossCheckRule> in_force;
    const auto rank = [](const CrossCheckRule& r) { return std::pair(r.region_prefix().size(), r.valid_from()); };
    for (int item = CrossCheckItem_MIN + 1; item <= CrossCheckItem_MAX; ++item) {
        const CrossCheckRule* best = nullptr;
        for (const CrossCheckRule& rule : rules.rules()) {
            if (rule.item() != item || !RegionContains(rule.region_prefix(), region_code) || *Date::Parse(rule.valid_from()) > day) continue;
            if (best == nullptr || rank(rule) > rank(*best)) best = &rule;
        }
        if (best != nullptr) in_force.push_back(*best);
    }
    return in_force;
}

Status CheckAuthority(const Authority& a, Date today, std::int64_t longest_days) {
    const auto signed_on = Date::Parse(a.signed_on()), expires_on = Date::Parse(a.expires_on());
    if (a.signer().empty()) return InvalidField("authority.signer", "who signed for the family", "CASE_AUTHORITY");
    if (a.evidence().empty()) return InvalidField("authority.evidence", "reference of the signed paper", "CASE_AUTHORITY");
    if (!signed_on || *signed_on > today) return InvalidField("authority.signed_on", "a day not after today", "CASE_AUTHORITY");
    if (!expires_on || *expires_on < *signed_on || *expires_on - *signed_on > longest_days) {
        return InvalidField("authority.expires_on", "at most " + std::to_string(longest_days) + " days after the signature", "CASE_AUTHORITY");
    }
    for (int i = 0; i < a.items_size(); ++i) {
        if (a.items(i) == CROSS_CHECK_ITEM_UNSPECIFIED || std::count(a.items().begin(), a.items().end(), a.items(i)) > 1) {
            return InvalidField("authority.items[" + std::to_string(i) + "]", "an item, once", "CASE_AUTHORITY");
        }
    }
    return Status::Ok();
}

Status AuthorityCovers(const Case& c, std::span<const CrossCheckItem> items, Date today) {
    if (!c.has_authority()) return NoAuthority("missing", "the family has not signed an authority: nothing may be queried", items);
    const auto expires_on = Date::Parse(c.authority().expires_on());
    if (!expires_on || *expires_on < today)
        return NoAuthority("expired", "the family's authority has expired on " + c.authority().expires_on(), items);
    const auto& scope = c.authority().items();
    std::vector<CrossCheckItem> outside;
    for (const CrossCheckItem item : items) {
        if (!scope.empty() && std::find(scope.begin(), scope.end(), item) == scope.end()) outside.push_back(item);
    }
    if (outside.empty()) return Status::Ok();
    return NoAuthority("scope", "the family's authority does not cover " + Names(outside), outside);
}

Finding ComputeFinding(const CrossCheckRule& rule, const HouseholdFacts& facts) {
    const Fact& fact = *Facts().Find(rule.fact());
    Finding f;
    f.set_item(rule.item());
    f.set_verdict(rule.verdict());
    f.set_entered_by("system");
    const auto& members = facts.input().members;
    bool yes = false, all_known = !members.empty();
    for (std::size_t i = 0; i < members.size(); ++i) {
        const ComputedFact computed = facts.Explain(FactOwner::kPerson, static_cast<int>(i), fact.field->index());
        if (computed.known != Known::kKnown) {
            all_known = false;
        } else if (computed.value >= rule.at_least()) {
            yes = true;
            *f.add_operands() = OperandOf(fact, computed, members[i].person_id);
        }
    }
    f.set_answer(yes ? CHECK_ANSWER_YES : all_known ? CHECK_ANSWER_NO : CHECK_ANSWER_UNKNOWN);
    return f;
}

Status CheckEntered(const Finding& finding, int index) {
    const std::string at = "findings[" + std::to_string(index) + "].";
    if (finding.item() == CROSS_CHECK_ITEM_UNSPECIFIED) return InvalidField(at + "item", "an item of the cross-check", "CASE_FINDING");
    if (finding.answer() == CHECK_ANSWER_UNSPECIFIED) return InvalidField(at + "answer", "YES, NO or UNKNOWN", "CASE_FINDING");
    if (finding.department().empty()) return InvalidField(at + "department", "who answered", "CASE_FINDING");
    if (finding.evidence().empty()) return InvalidField(at + "evidence", "reference of the answer's paper", "CASE_FINDING");
    return Status::Ok();
}

void PutFinding(const Finding& finding, CrossCheck& check) {
    auto& all = *check.mutable_findings();
    const auto at = std::find_if(all.begin(), all.end(), [&](const Finding& f) { return f.item() == finding.item(); });
    if (at == all.end()) {
        *all.Add() = finding;
    } else {
        *at = finding;
    }
    std::sort(all.begin(), all.end(), [](const Finding& a, const Finding& b) { return a.item() < b.item(); });
}

Status CheckFinished(const std::vector<CrossCheckRule>& rules, const CrossCheck& check) {
    std::vector<CrossCheckItem> open;
    for (const CrossCheckRule& rule : rules) {
        const auto at = std::find_if(check.findings().begin(), check.findings().end(), [&](const Finding& f) { return f.item() == rule.item(); });
        const bool answered = at != check.findings().end() && (at->answer() != CHECK_ANSWER_UNKNOWN || !at->evidence().empty());
        if (!answered) open.push_back(rule.item());
    }
    if (open.empty()) return Status::Ok();
    Status status =
        MakeStatus(Code::kFailedPrecondition, "CASE_CHECK_UNFINISHED", "no answer yet, or nobody has said why it stays unknown: " + Names(open));
    status.metadata = {{"items", Names(open)}};
    return status;
}

}  // namespace shouwang::monitoring::domain
