#include "services/monitoring/domain/must_visit.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "common/crypto/crypto.h"
#include "services/monitoring/domain/embedded_text.h"

namespace shouwang::monitoring::domain {

extern const std::string_view kMustVisitRules;  // rules/must_visit.textproto

namespace {

std::string DigestOf(const v1::Explanation& e) {
    std::set<std::string> persons;
    for (const v1::Operand& o : e.operands()) {
        if (!o.person().empty()) persons.insert(o.person());
    }
    std::string text = e.rule() + '\0' + std::to_string(e.rule_version()) + '\0';
    for (const std::string& person : persons) text += person + '\0';
    return crypto::Sha256(text).substr(0, 16);
}

}  // namespace

Result<std::shared_ptr<const RuleBook>> MustVisitBook(const v1::RuleSet& in_force) {
    v1::RuleSet set;
    SW_RETURN_IF_ERROR(ParseText(kMustVisitRules, "must-visit rules", "RULE_INVALID", set));
    std::set<std::string> given;
    for (const v1::Parameter& p : in_force.parameters()) given.insert(p.name());
    auto* own = set.mutable_parameters();
    own->erase(std::remove_if(own->begin(), own->end(), [&](const v1::Parameter& p) { return given.contains(p.name()); }), own->end());
    own->MergeFrom(in_force.parameters());
    return RuleBook::Compile(set);
}

std::vector<MustVisitFound> MustVisitsOf(const RuleBook& book, const HouseholdFacts& facts) {
    std::vector<MustVisitFound> found;
    for (LeadDraft& draft : book.Screen(facts, false).drafts) {
        for (v1::Explanation& e : draft.explanations) {
            std::string digest = DigestOf(e), rule = e.rule();
            found.push_back({std::move(rule), std::move(e), std::move(digest)});
        }
    }
    std::sort(found.begin(), found.end(), [](const MustVisitFound& a, const MustVisitFound& b) { return a.rule < b.rule; });
    return found;
}

std::map<std::string, MustVisitRow> MergeMustVisits(std::map<std::string, MustVisitRow> rows, const std::vector<MustVisitFound>& found, Date today,
                                                    std::int64_t again_days) {
    std::set<std::string> true_now;
    for (const MustVisitFound& f : found) {
        true_now.insert(f.rule);
        MustVisitRow& row = rows[f.rule];
        const bool visited = row.state == v1::MUST_VISIT_STATE_VISITED;
        const bool again = visited && (row.digest != f.digest || (row.visited_on && today - *row.visited_on >= again_days));
        if (row.state != v1::MUST_VISIT_STATE_LISTED && (!visited || again)) {
            row.state = v1::MUST_VISIT_STATE_LISTED;
            row.listed_on = today;
            row.visited_on.reset();
            row.visit.clear();
        }
        row.digest = f.digest;
        row.reason = f.reason.SerializeAsString();  // no maps inside: one message, one text
    }
    for (auto& [rule, row] : rows) {
        if (!true_now.contains(rule)) row.state = v1::MUST_VISIT_STATE_ENDED;
    }
    return rows;
}

}  // namespace shouwang::monitoring::domain
