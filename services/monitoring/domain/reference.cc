#include "services/monitoring/domain/reference.h"

#include <algorithm>
#include <map>
#include <set>

namespace shouwang::monitoring::domain::reference {
namespace {

using namespace options::v1;

bool Beats(const Row& a, const Row& b, bool state) {
    if (state && a.date != b.date) return a.date > b.date;
    if (a.revision != b.revision) return a.revision > b.revision;
    if (a.retract != b.retract) return a.retract;
    if (a.content_hash != b.content_hash) return a.content_hash > b.content_hash;
    return std::pair(a.batch, a.sequence) < std::pair(b.batch, b.sequence);
}

struct Point {
    Date date;
    std::int64_t value;
};

std::vector<Point> PointsOf(const Fact& fact, const std::vector<Row>& winners) {
    std::vector<Point> points;
    for (const Row& row : winners) {
        if (row.retract) continue;
        for (const auto& [index, value] : row.values) {
            if (index == fact.index) points.push_back({row.date, value});
        }
    }
    return points;
}

bool DaySpoken(Date day, std::uint32_t dataset, const std::string& region,
               const std::vector<Coverage>& coverage) {
    return std::any_of(coverage.begin(), coverage.end(), [&](const Coverage& c) {
        return c.dataset == dataset &&
               region.compare(0, c.region_prefix.size(), c.region_prefix) == 0 && c.from <= day &&
               day <= c.to;
    });
}

Value Zero(Date as_of) { return {Known::kKnown, 0, as_of}; }

// First and last day of a window.
std::pair<Date, Date> Days(const FactDefinition& d, Date today) {
    const auto first_of_month = [](int year, int month) {  // month may be below 1
        while (month < 1) {
            month += 12;
            --year;
        }
        return Date::FromCivil(year, static_cast<unsigned>(month), 1);
    };
    const Date this_month = first_of_month(today.year(), static_cast<int>(today.month()));
    if (d.window() == WINDOW_YEAR_TO_DATE) return {Date::FromCivil(today.year(), 1, 1), today};
    if (d.window() == WINDOW_DAYS) return {today + 1 - static_cast<int>(d.window_length()), today};
    if (d.window() == WINDOW_WHOLE_MONTHS) {
        return {first_of_month(today.year(), static_cast<int>(today.month()) -
                                                 static_cast<int>(d.window_length())),
                this_month - 1};
    }
    if (d.window() == WINDOW_SCHOOL_YEAR) {
        Date september = Date::FromCivil(today.year(), 9, 1);
        if (september > today) september = Date::FromCivil(today.year() - 1, 9, 1);
        return {september, Date::FromCivil(september.year() + 1, 8, 31)};
    }
    Date last = today;
    while ((last + 1).month() == today.month()) last = last + 1;
    return {Date::FromCivil(1900, 1, 1), last};
}

class Calculation {
public:
    Calculation(const Fact& fact, std::vector<Point> points, Date today, const std::string& region,
                const std::vector<Coverage>& coverage)
        : fact_(fact),
          d_(fact.definition),
          today_(today),
          region_(region),
          coverage_(coverage),
          all_(std::move(points)) {
        std::tie(from_, to_) = Days(d_, today);
        for (const Point& p : all_) {
            if (p.date >= from_ && p.date <= to_) in_.push_back(p);
        }
        for (const Point& p : in_) {
            if (!newest_ || p.date > *newest_) newest_ = p.date;
        }
    }

    Value Run() {
        switch (d_.aggregation()) {
            case AGGREGATION_LATEST:
                return Latest();
            case AGGREGATION_RUN:
                return MonthsInARow();
            case AGGREGATION_CHANGE:
                return Change();
            default:
                return Fold();
        }
    }

private:
    bool Fresh(Date day) const {
        return d_.freshness_days() == 0 || today_ - day <= static_cast<int>(d_.freshness_days());
    }

    Value Declared(std::optional<Date> after) const {
        std::optional<Date> as_of;
        for (const std::uint32_t dataset : fact_.datasets) {
            std::optional<Date> reach;
            for (const Coverage& c : coverage_) {
                if (!DaySpoken(c.to, dataset, region_, {c}) || !Fresh(c.to) ||
                    (after && c.from <= *after))
                    continue;
                if (!reach || *reach < c.to) reach = c.to;
            }
            if (!reach) return {};
            if (!as_of || *reach < *as_of) as_of = reach;
        }
        return as_of ? Zero(*as_of) : Value{};
    }

    Value Covered() const {
        if (d_.window() == WINDOW_ALL) return Declared(std::nullopt);
        for (Date day = from_; day <= to_; day = day + 1) {
            for (const std::uint32_t dataset : fact_.datasets) {
                if (!DaySpoken(day, dataset, region_, coverage_)) return {};
            }
        }
        return Zero(to_);
    }

    Value Judged(std::int64_t value) const {
        if (Fresh(*newest_)) return {Known::kKnown, value, newest_};
        if (const Value ended = Declared(newest_); ended.known == Known::kKnown) return ended;
        return {Known::kStale, value, newest_};
    }

    Value Latest() const {
        if (!newest_) return Declared(std::nullopt);
        std::optional<std::int64_t> largest;
        for (const Point& p : in_) {
            if (p.date == *newest_ && (!largest || p.value > *largest)) largest = p.value;
        }
        return Judged(*largest);
    }

    Value Fold() const {
        if (!newest_) return Covered();
        std::int64_t sum = 0, count = 0, max = in_.front().value;
        for (const Point& p : in_) {
            sum += p.value;
            count += p.value != 0 ? 1 : 0;
            max = std::max(max, p.value);
        }
        std::int64_t value = count > 0 ? 1 : 0;
        if (d_.aggregation() == AGGREGATION_SUM) value = sum;
        if (d_.aggregation() == AGGREGATION_COUNT) value = count;
        if (d_.aggregation() == AGGREGATION_MAX) value = max;
        return {Known::kKnown, value, newest_};
    }

    static int MonthIndex(Date date) { return date.year() * 12 + static_cast<int>(date.month()); }

    Value MonthsInARow() const {
        if (!newest_) return Declared(std::nullopt);
        std::set<int> holding;
        for (const Point& p : in_) {
            if (p.value != 0) holding.insert(MonthIndex(p.date));
        }
        int run = 0;
        while (holding.contains(MonthIndex(*newest_) - run)) ++run;
        return Judged(run);
    }

    Value Change() const {
        const int length = static_cast<int>(d_.window_length()), end = MonthIndex(today_) - 1;
        std::map<int, std::int64_t> now, before;
        std::optional<Date> newest;
        for (const Point& p : all_) {
            const int month = MonthIndex(p.date);
            if (month > end || month <= end - 2 * length) continue;
            (month > end - length ? now : before)[month] += p.value;
            if (!newest || *newest < p.date) newest = p.date;
        }
        if (now.empty() || before.empty()) return {};
        std::int64_t sum_now = 0, sum_before = 0;
        for (const auto& [month, sum] : now) sum_now += sum;
        for (const auto& [month, sum] : before) sum_before += sum;
        if (sum_before <= 0) return {};
        // Means over a common denominator, so that nothing is rounded before the end.
        const auto a = sum_now * static_cast<std::int64_t>(before.size()),
                   b = sum_before * static_cast<std::int64_t>(now.size());
        return {Known::kKnown, (a - b) * 10000 / b, newest};
    }

    const Fact& fact_;
    const FactDefinition& d_;
    const Date today_;
    const std::string& region_;
    const std::vector<Coverage>& coverage_;
    std::vector<Point> all_, in_;
    Date from_, to_;
    std::optional<Date> newest_;
};

}  // namespace

std::vector<Row> Winners(const std::vector<Row>& sent) {
    std::map<std::pair<std::uint32_t, std::string>, Row> best;
    for (const Row& row : sent) {
        const bool state = Datasets().Find(row.dataset)->options.kind() == DATASET_KIND_STATE;
        const auto [it, first] = best.emplace(std::pair(row.dataset, row.key), row);
        if (!first && Beats(row, it->second, state)) it->second = row;
    }
    std::vector<Row> winners;
    winners.reserve(best.size());
    for (const auto& [key, row] : best) winners.push_back(row);
    return winners;
}

Value FactValue(const Fact& fact, const std::vector<Row>& winners, Date today,
                const std::string& region, const std::vector<Coverage>& coverage) {
    return Calculation(fact, PointsOf(fact, winners), today, region, coverage).Run();
}

}  // namespace shouwang::monitoring::domain::reference
