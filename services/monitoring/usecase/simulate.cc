#include "services/monitoring/usecase/simulate.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "common/base/region_code.h"
#include "services/monitoring/domain/column_screening.h"
#include "services/monitoring/store/precision_store.h"

namespace shouwang::monitoring::usecase {
namespace {

using Book = std::shared_ptr<const domain::RuleBook>;
constexpr int kCounty = 3;
constexpr int kNamed = 100;

struct Screened {
    std::shared_ptr<const domain::ColumnBook> book;
    std::optional<domain::ColumnScreen> screen;
};

Result<Screened> Screen(Book book, const domain::ProvinceColumns& columns) {
    Screened run;
    SW_ASSIGN_OR_RETURN(run.book, domain::ColumnBook::Compile(std::move(book)));
    SW_ASSIGN_OR_RETURN(run.screen, domain::ScreenColumns(run.book, columns));
    return run;
}

// Ids of the true rules of a row, ascending, each once.
std::vector<std::string> RulesOf(const domain::ColumnScreen& screen, std::uint32_t row) {
    std::vector<std::string> ids;
    for (const domain::CompiledRule* rule : screen.TrueRules(row)) ids.push_back(rule->rule.id());
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

class Comparison {
public:
    Comparison(const domain::ProvinceColumns& columns, const domain::ColumnScreen& before, const domain::ColumnScreen& after, std::string region, int level,
               int named, const std::unordered_set<std::int64_t>& confirmed)
        : columns_(columns), before_(before), after_(after), region_(std::move(region)), level_(level), named_(named), confirmed_(confirmed) {}

    void Fill(v1::SimulateResponse& out) {
        for (std::uint32_t row = 0; row < columns_.rows(); ++row) {
            const std::int64_t household = columns_.HouseholdAt(row);
            if (household == 0) continue;
            const std::string& code = columns_.regions()[columns_.RegionAt(row)];
            if (!RegionContains(region_, code)) continue;
            Row(row, household, code, out);
        }
        for (auto& [code, part] : parts_) *out.add_parts() = std::move(part);
        for (auto& [id, rule] : rules_) *out.add_rules() = std::move(rule);
    }

private:
    void Row(std::uint32_t row, std::int64_t household, const std::string& code, v1::SimulateResponse& out) {
        const v1::Grade grade_before = before_.GradeOf(row), grade_after = after_.GradeOf(row);
        v1::SimulatedPart& part = parts_[std::string(RegionAtLevel(code, level_))];
        part.set_region_code(std::string(RegionAtLevel(code, level_)));
        Count(part, household, grade_before, grade_after);
        Count(*out.mutable_total(), household, grade_before, grade_after);
        CountRules(before_, row, &v1::SimulatedRule::set_true_before, &v1::SimulatedRule::true_before, &v1::SimulatedRule::set_unknown_before, &v1::SimulatedRule::unknown_before);
        CountRules(after_, row, &v1::SimulatedRule::set_true_after, &v1::SimulatedRule::true_after, &v1::SimulatedRule::set_unknown_after, &v1::SimulatedRule::unknown_after);
        const std::vector<std::string> had = RulesOf(before_, row), has = RulesOf(after_, row);
        std::vector<std::string> gained, lost;
        std::set_difference(has.begin(), has.end(), had.begin(), had.end(), std::back_inserter(gained));
        std::set_difference(had.begin(), had.end(), has.begin(), has.end(), std::back_inserter(lost));
        for (const std::string& id : gained) rules_[id].set_became_true(rules_[id].became_true() + 1);
        for (const std::string& id : lost) rules_[id].set_ceased_true(rules_[id].ceased_true() + 1);
        if (grade_before == grade_after && gained.empty() && lost.empty()) return;
        out.set_households_changed(out.households_changed() + 1);
        if (out.households_size() >= named_) return;
        v1::SimulatedHousehold& h = *out.add_households();
        h.set_household("households/" + std::to_string(household));
        h.set_region_code(code);
        h.set_before(grade_before);
        h.set_after(grade_after);
        for (std::string& id : gained) h.add_rules_gained(std::move(id));
        for (std::string& id : lost) h.add_rules_lost(std::move(id));
    }

    void Count(v1::SimulatedPart& p, std::int64_t household, v1::Grade before, v1::Grade after) const {
        const bool hit_before = before != v1::GRADE_UNSPECIFIED, hit_after = after != v1::GRADE_UNSPECIFIED;
        p.set_households(p.households() + 1);
        p.set_hit_before(p.hit_before() + (hit_before ? 1 : 0));
        p.set_hit_after(p.hit_after() + (hit_after ? 1 : 0));
        p.set_newly_hit(p.newly_hit() + (!hit_before && hit_after ? 1 : 0));
        p.set_no_longer_hit(p.no_longer_hit() + (hit_before && !hit_after ? 1 : 0));
        p.set_red_before(p.red_before() + (before == v1::GRADE_RED ? 1 : 0));
        p.set_red_after(p.red_after() + (after == v1::GRADE_RED ? 1 : 0));
        if (!confirmed_.contains(household)) return;
        p.set_confirmed_later(p.confirmed_later() + 1);
        p.set_confirmed_hit_before(p.confirmed_hit_before() + (hit_before ? 1 : 0));
        p.set_confirmed_hit_after(p.confirmed_hit_after() + (hit_after ? 1 : 0));
    }

    using Setter = void (v1::SimulatedRule::*)(std::int64_t);
    using Getter = std::int64_t (v1::SimulatedRule::*)() const;
    void CountRules(const domain::ColumnScreen& screen, std::uint32_t row, Setter set_true, Getter get_true, Setter set_unknown, Getter get_unknown) {
        for (std::size_t i = 0; i < screen.book().size(); ++i) {
            const cel::Tri verdict = screen.Verdict(i, row);
            if (verdict == cel::Tri::kFalse) continue;
            v1::SimulatedRule& rule = rules_[screen.book().book().rules()[i].rule.id()];
            rule.set_rule(screen.book().book().rules()[i].rule.id());
            if (verdict == cel::Tri::kTrue) {
                (rule.*set_true)((rule.*get_true)() + 1);
            } else {
                (rule.*set_unknown)((rule.*get_unknown)() + 1);
            }
        }
    }

    const domain::ProvinceColumns& columns_;
    const domain::ColumnScreen& before_;
    const domain::ColumnScreen& after_;
    const std::string region_;
    const int level_, named_;
    const std::unordered_set<std::int64_t>& confirmed_;
    std::map<std::string, v1::SimulatedPart> parts_;
    std::map<std::string, v1::SimulatedRule> rules_;
};

}  // namespace

Result<Date> Simulator::DayOf(const v1::SimulateRequest& q) const {
    const Date today = clock_.Today();
    if (q.date().empty()) return today;
    const auto day = Date::Parse(q.date());
    if (!day || *day >= today || *day != Month::Of(*day).last_day()) return InvalidField("date", "empty, or the last day of a past month");
    return *day;
}

Result<v1::SimulateResponse> Simulator::Run(const v1::SimulateRequest& q, const std::string& region, Deadline deadline) {
    SW_ASSIGN_OR_RETURN(const Date day, DayOf(q));
    if (q.has_after_content() == !q.after().empty()) return InvalidField("after", "exactly one of after and after_content");
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    Book before, after;
    if (q.before().empty()) {
        before = books_.Current();
    } else {
        SW_ASSIGN_OR_RETURN(before, books_.Of(*lease, q.before()));
    }
    if (q.has_after_content()) {
        SW_ASSIGN_OR_RETURN(after, domain::RuleBook::Compile(q.after_content()));
    } else {
        SW_ASSIGN_OR_RETURN(after, books_.Of(*lease, q.after()));
    }
    SW_ASSIGN_OR_RETURN(const auto columns, populations_.Get(day, {before.get(), after.get()}));
    SW_ASSIGN_OR_RETURN(const auto confirmed, store::HouseholdsConfirmedAfter(*lease, region, day));
    SW_ASSIGN_OR_RETURN(const Screened run_before, Screen(before, *columns));
    SW_ASSIGN_OR_RETURN(const Screened run_after, Screen(after, *columns));

    v1::SimulateResponse response;
    response.set_before(before->id());
    response.set_after(after->id());
    response.set_date(day.ToString());
    response.mutable_total();
    Comparison(*columns, *run_before.screen, *run_after.screen, region, q.part_level() == 0 ? kCounty : q.part_level(),
               q.max_households() == 0 ? kNamed : q.max_households(), confirmed).Fill(response);
    for (v1::SimulatedPart& part : *response.mutable_parts()) part.set_region_name(regions_.DisplayName(part.region_code()));
    return response;
}

}  // namespace shouwang::monitoring::usecase
