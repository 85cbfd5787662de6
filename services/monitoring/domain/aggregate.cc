#include "services/monitoring/domain/aggregate.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>

#include "common/base/region_code.h"

namespace shouwang::monitoring::domain {
namespace {

__extension__ using Wide = __int128;  // products of sums and month counts

constexpr Date kFirstDay{std::numeric_limits<std::int32_t>::min() / 2};

class Aggregator {
public:
    Aggregator(const Fact& fact, const SubjectState* state, const AggregateContext& context)
        : fact_(fact),
          definition_(fact.definition),
          state_(state),
          context_(context),
          window_(WindowOf(fact.definition, context.today)) {}

    ComputedFact Run() {
        ComputedFact result;
        switch (definition_.aggregation()) {
            case options::v1::AGGREGATION_LATEST:
                result = Latest();
                break;
            case options::v1::AGGREGATION_RUN:
                result = RunOfMonths();
                break;
            case options::v1::AGGREGATION_CHANGE:
                result = Change();
                break;
            default:
                result = Fold();
                break;
        }
        std::sort(result.sources.begin(), result.sources.end(),
                  [](const StateRow* a, const StateRow* b) {
                      return std::tie(b->date, a->dataset, a->key) <
                             std::tie(a->date, b->dataset, b->key);  // newest first
                  });
        result.sources.erase(std::unique(result.sources.begin(), result.sources.end()),
                             result.sources.end());
        return result;
    }

private:
    // Calls visit(row, value) for every value of the fact within the days. A retracted row says
    // nothing.
    template <typename Visit>
    void ForEach(WindowDays days, Visit visit) const {
        if (state_ == nullptr) return;
        for (const std::uint32_t dataset : fact_.datasets) {
            for (const StateRow& row : state_->RowsOf(dataset)) {
                if (row.retract || row.date < days.from || row.date > days.to) continue;
                for (const auto& [index, value] : row.values) {
                    if (index == fact_.index) visit(row, value);
                }
            }
        }
    }

    void AddSource(ComputedFact& result, const StateRow& row) const {
        if (context_.with_sources) result.sources.push_back(&row);
    }

    bool Speaks(const Coverage& coverage, std::uint32_t dataset) const {
        return coverage.dataset == dataset &&
               RegionContains(coverage.region_prefix, context_.region_code);
    }

    bool FreshAt(Date day) const {
        return definition_.freshness_days() == 0 ||
               context_.today - day <= static_cast<int>(definition_.freshness_days());
    }

    // Zero where every dataset behind the fact was declared complete for all days of the window;
    // together several declarations may do.
    ComputedFact ZeroIfCovered() const {
        if (definition_.window() == options::v1::WINDOW_ALL) return ZeroIfDeclared(kFirstDay);
        for (const std::uint32_t dataset : fact_.datasets) {
            Date open = window_.from;  // first day not yet covered
            for (bool moved = true; moved && open <= window_.to;) {
                moved = false;
                for (const Coverage& coverage : context_.coverage) {
                    if (!Speaks(coverage, dataset) || coverage.from > open || coverage.to < open)
                        continue;
                    open = coverage.to + 1;
                    moved = true;
                }
            }
            if (open <= window_.to) return {};
        }
        return Zero(window_.to);
    }

    // Without a window: a declaration that reaches to within the freshness of today, for a period
    // that begins after `after`.
    ComputedFact ZeroIfDeclared(Date after) const {
        std::optional<Date> as_of;
        for (const std::uint32_t dataset : fact_.datasets) {
            std::optional<Date> reach;
            for (const Coverage& coverage : context_.coverage) {
                if (!Speaks(coverage, dataset) || coverage.from <= after || !FreshAt(coverage.to))
                    continue;
                if (!reach || coverage.to > *reach) reach = coverage.to;
            }
            if (!reach) return {};
            if (!as_of || *reach < *as_of) as_of = reach;
        }
        return as_of ? Zero(*as_of) : ComputedFact{};
    }

    static ComputedFact Zero(Date as_of) {
        ComputedFact result;
        result.known = Known::kKnown;
        result.as_of = as_of;
        return result;
    }

    ComputedFact Latest() const {
        ComputedFact result;
        ForEach(window_, [&](const StateRow& row, std::int64_t value) {
            if (result.as_of && std::tie(*result.as_of, result.value) > std::tie(row.date, value))
                return;
            if (!result.as_of || *result.as_of != row.date || result.value != value)
                result.sources.clear();
            result.as_of = row.date;
            result.value = value;
            AddSource(result, row);
        });
        return Judge(std::move(result));
    }

    // A value that is too old is stale, unless the dataset has been declared complete since: then
    // what nobody repeats has ended.
    ComputedFact Judge(ComputedFact result) const {
        if (!result.as_of) return ZeroIfDeclared(kFirstDay);
        result.known = Known::kKnown;
        if (FreshAt(*result.as_of)) return result;
        if (ComputedFact ended = ZeroIfDeclared(*result.as_of); ended.known == Known::kKnown)
            return ended;
        result.known = Known::kStale;
        return result;
    }

    ComputedFact Fold() const {
        ComputedFact result;
        bool overflow = false;
        ForEach(window_, [&](const StateRow& row, std::int64_t value) {
            const bool first = !result.as_of;
            if (first || *result.as_of < row.date) result.as_of = row.date;
            switch (definition_.aggregation()) {
                case options::v1::AGGREGATION_SUM:
                    overflow =
                        __builtin_add_overflow(result.value, value, &result.value) || overflow;
                    break;
                case options::v1::AGGREGATION_COUNT:
                    result.value += value != 0 ? 1 : 0;
                    break;
                case options::v1::AGGREGATION_MAX:
                    result.value = first ? value : std::max(result.value, value);
                    break;
                default:
                    result.value = result.value != 0 || value != 0 ? 1 : 0;
                    break;  // ANY
            }
            AddSource(result, row);
        });
        if (!result.as_of) return ZeroIfCovered();
        if (overflow) return {};
        result.known = Known::kKnown;
        return result;
    }

    // Months in a row up to the newest month anybody speaks of. A month nobody speaks of ends the
    // run: only what is known counts.
    ComputedFact RunOfMonths() const {
        ComputedFact result;
        ForEach(window_, [&](const StateRow& row, std::int64_t) {
            if (!result.as_of || *result.as_of < row.date) result.as_of = row.date;
        });
        if (!result.as_of) return ZeroIfDeclared(kFirstDay);
        for (Month month = Month::Of(*result.as_of);; month = month - 1) {
            bool holds = false;
            const std::size_t before = result.sources.size();
            ForEach({month.first_day(), month.last_day()},
                    [&](const StateRow& row, std::int64_t value) {
                        holds = holds || value != 0;
                        AddSource(result, row);
                    });
            if (!holds) {
                if (result.value > 0) result.sources.resize(before);
                break;
            }
            ++result.value;
        }
        return Judge(std::move(result));
    }

    struct Side {
        std::int64_t sum = 0;
        std::uint64_t months = 0;  // bit per month with a row
        bool overflow = false;
    };

    // Mean of the reported months against the mean of the reported months of the window before:
    // equal to the sums where every month is reported, and no false fall at the turn of a month,
    // when the last month's rows are still to come.
    ComputedFact Change() const {
        const Month end = Month::Of(context_.today) - 1;
        const int length = static_cast<int>(definition_.window_length());
        ComputedFact result;
        const auto sum = [&](Month last) {
            Side side;
            const Month first = last - (length - 1);
            ForEach({first.first_day(), last.last_day()}, [&](const StateRow& row,
                                                              std::int64_t value) {
                side.overflow = __builtin_add_overflow(side.sum, value, &side.sum) || side.overflow;
                side.months |= std::uint64_t{1} << (Month::Of(row.date).index - first.index);
                if (!result.as_of || *result.as_of < row.date) result.as_of = row.date;
                AddSource(result, row);
            });
            return side;
        };
        const Side now = sum(end);
        const Side before = sum(end - length);
        if (now.months == 0 || before.months == 0 || now.overflow || before.overflow ||
            before.sum <= 0)
            return {};
        const Wide mean_now = static_cast<Wide>(now.sum) * std::popcount(before.months);
        const Wide mean_before = static_cast<Wide>(before.sum) * std::popcount(now.months);
        const Wide change = (mean_now - mean_before) * 10000 / mean_before;
        if (change > std::numeric_limits<std::int64_t>::max() ||
            change < std::numeric_limits<std::int64_t>::min())
            return {};
        result.value = static_cast<std::int64_t>(change);
        result.known = Known::kKnown;
        return result;
    }

    const Fact& fact_;
    const options::v1::FactDefinition& definition_;
    const SubjectState* state_;
    const AggregateContext& context_;
    const WindowDays window_;
};

}  // namespace

WindowDays WindowOf(const options::v1::FactDefinition& definition, Date today) {
    const int length = static_cast<int>(definition.window_length());
    switch (definition.window()) {
        case options::v1::WINDOW_YEAR_TO_DATE:
            return {Date::FromCivil(today.year(), 1, 1), today};
        case options::v1::WINDOW_WHOLE_MONTHS: {
            const Month last = Month::Of(today) - 1;
            return {(last - (length - 1)).first_day(), last.last_day()};
        }
        case options::v1::WINDOW_DAYS:
            return {today - (length - 1), today};
        case options::v1::WINDOW_SCHOOL_YEAR: {
            const int year = today.month() >= 9 ? today.year() : today.year() - 1;
            return {Date::FromCivil(year, 9, 1), Date::FromCivil(year + 1, 8, 31)};
        }
        // A row of the running month carries its last day: it counts already, what lies beyond does
        // not.
        default:
            return {kFirstDay, Month::Of(today).last_day()};
    }
}

ComputedFact Aggregate(const Fact& fact, const SubjectState* state,
                       const AggregateContext& context) {
    return Aggregator(fact, state, context).Run();
}

}  // namespace shouwang::monitoring::domain
