#include "services/monitoring/domain/case_category.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/region_code.h"
#include "common/flow/limit.h"
#include "services/monitoring/domain/fact_operand.h"

namespace shouwang::monitoring::domain {
namespace {

using namespace v1;
using Tri = std::optional<bool>;  // nullopt = unknown

constexpr std::string_view kLine = "line.income_fen";
constexpr const char* kIncome = "household.net_income_per_capita_fen";
constexpr const char* kRigid = "household.rigid_spending_per_capita_fen";
constexpr const char* kCollected = "household.net_income_fen";

Tri Or(Tri a, Tri b) {
    if (a == true || b == true) return true;
    return a && b ? Tri(false) : Tri();
}

// A household fact that takes part: its operand is listed, or its name among the unknown.
std::optional<std::int64_t> Take(const HouseholdFacts& facts, const char* name, CategoryView& view) {
    const Fact& fact = *Facts().Find(name);
    const ComputedFact computed = facts.Explain(FactOwner::kHousehold, 0, fact.field->index());
    *view.add_operands() = OperandOf(fact, computed);
    if (computed.known == Known::kKnown) return computed.value;
    view.add_unknown(name);
    return std::nullopt;
}

std::optional<std::int64_t> TakeLine(const CategoryInput& input, CategoryView& view) {
    Operand& o = *view.add_operands();
    o.set_fact(std::string(kLine));
    o.set_label_zh("收入监测线");
    o.set_label_en("income monitoring line");
    o.set_unit(options::v1::UNIT_FEN);
    if (input.line_fen) {
        o.set_value(std::to_string(*input.line_fen));
    } else {
        view.add_unknown(std::string(kLine));
    }
    return input.line_fen;
}

// The newest collection against the newest one that is at least twelve months older, in basis points; unknown where one of them is missing.
Tri Dropped(const CategoryInput& input, CategoryView& view) {
    const Fact& fact = *Facts().Find(kCollected);
    std::vector<std::pair<Date, std::int64_t>> collected;
    if (input.facts->input().state != nullptr) {
        for (const std::uint32_t dataset : fact.datasets) {
            for (const StateRow& row : input.facts->input().state->RowsOf(dataset)) {
                for (const auto& [index, value] : row.values) {
                    if (index == fact.index && !row.retract && row.date <= input.facts->today()) collected.emplace_back(row.date, value);
                }
            }
        }
    }
    std::sort(collected.begin(), collected.end());
    const std::pair<Date, std::int64_t>* before = nullptr;
    for (const auto& c : collected) {
        if (flow::AddMonths(c.first, 12) <= collected.back().first) before = &c;
    }
    if (before == nullptr || before->second <= 0) {
        view.add_unknown("income of the year before");
        return std::nullopt;
    }
    Operand& o = *view.add_operands();
    o.set_fact("income_change_bp");
    o.set_label_zh("较上年收入变化");
    o.set_label_en("income against the year before");
    o.set_unit(options::v1::UNIT_BASIS_POINTS);
    const std::int64_t change = (collected.back().second - before->second) * 10'000 / before->second;
    o.set_value(std::to_string(change));
    o.set_as_of(collected.back().first.ToString());
    return -change >= input.drop_bp;
}

CategoryView Say(CategoryView view, CaseCategory category, const char* zh, const char* en) {
    view.set_known(true);
    view.clear_unknown();  // what is missing does not matter to the answer
    view.set_suggested(category);
    view.set_reason_zh(zh);
    view.set_reason_en(en);
    return view;
}

CategoryView Unknown(CategoryView view) {
    view.set_reason_zh("数据不足，无法给出建议");
    view.set_reason_en("too little is known to suggest a category");
    return view;
}

}  // namespace

std::optional<Date> EventOf(const Case& c) {
    if (const auto visited = Date::Parse(c.visit().event_on())) return visited;
    return Date::Parse(c.emergency().happened_on());
}

Status CheckCategory(const Case& c, CaseCategory category) {
    const auto wrong = [](const char* what) { return InvalidField("category", what, "CASE_CATEGORY"); };
    switch (category) {
        case CASE_CATEGORY_M1:
            return c.household_type() == HOUSEHOLD_TYPE_LIFTED
                       ? Status::Ok()
                       : wrong("M1 is for households lifted out of poverty: this one is an ordinary household");
        case CASE_CATEGORY_M2:
            return c.household_type() == HOUSEHOLD_TYPE_ORDINARY ? Status::Ok()
                                                                 : wrong("M2 is for ordinary households: this one was lifted out of poverty");
        case CASE_CATEGORY_M3:
            return EventOf(c) ? Status::Ok() : wrong("M3 needs a dated event: record it with the visit");
        default:
            return wrong("M1, M2 or M3");
    }
}

CategoryView SuggestCategory(const CategoryInput& input) {
    CategoryView view;
    const auto income = Take(*input.facts, kIncome, view);
    const auto line = TakeLine(input, view);
    if (!income || !line) return Unknown(std::move(view));
    if (*income < *line) {
        return input.type == HOUSEHOLD_TYPE_LIFTED
                   ? Say(std::move(view), CASE_CATEGORY_M1, "脱贫户，人均纯收入低于监测线", "lifted out of poverty, income below the line")
                   : Say(std::move(view), CASE_CATEGORY_M2, "一般农户，人均纯收入低于监测线", "ordinary household, income below the line");
    }
    if (!input.event_on) {
        return Say(std::move(view), CASE_CATEGORY_UNSPECIFIED, "人均纯收入不低于监测线，且无突发事件",
                   "income not below the line, and no dated event");
    }
    const auto rigid = Take(*input.facts, kRigid, view);
    const Tri spent = rigid ? Tri(*income - *rigid < *line) : Tri();
    const Tri sudden = Or(spent, spent == true ? Tri() : Dropped(input, view));
    if (!sudden) return Unknown(std::move(view));
    return *sudden ? Say(std::move(view), CASE_CATEGORY_M3, "突发事件后扣除合规刚性支出低于监测线，或收入骤减",
                         "after an event, income less rigid spending is below the line, or has dropped suddenly")
                   : Say(std::move(view), CASE_CATEGORY_UNSPECIFIED, "扣除合规刚性支出后不低于监测线，收入无骤减",
                         "income less rigid spending is not below the line, and has not dropped suddenly");
}

Status CheckAgainst(const CategoryView& view, CaseCategory category, std::string_view reason) {
    if (!view.known() || view.suggested() == category || !reason.empty()) return Status::Ok();
    return InvalidField("category_reason",
                        "the figures suggest " + CaseCategory_Name(view.suggested()) + " (" + view.reason_en() + "): say why it is decided otherwise",
                        "CASE_CATEGORY_REASON");
}

std::optional<std::int64_t> IncomeLine(const RuleSet& rules, std::string_view region_code, Date day) {
    const Parameter* best = nullptr;
    const auto rank = [](const Parameter& p) { return std::pair(p.region_prefix().size(), p.valid_from()); };
    for (const Parameter& p : rules.parameters()) {
        const auto from = Date::Parse(p.valid_from());
        if (p.name() != kLine || !RegionContains(p.region_prefix(), region_code) || !from || *from > day) continue;
        if (best == nullptr || rank(p) > rank(*best)) best = &p;
    }
    return best == nullptr ? std::nullopt : std::optional<std::int64_t>(best->value());
}

}  // namespace shouwang::monitoring::domain
