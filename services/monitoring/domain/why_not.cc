#include "services/monitoring/domain/why_not.h"

#include <algorithm>
#include <limits>
#include <queue>
#include <tuple>

#include "services/monitoring/domain/household_facts.h"
#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::monitoring::domain {
namespace {

__extension__ using Wide = __int128;

// A known fact that may be changed.
struct Candidate {
    int variable, element, field_index;
    std::int64_t value;
    cel::Range domain;

    double Distance(std::int64_t to) const {
        const Wide step = to > value ? Wide{to} - value : Wide{value} - to;
        const Wide size = value < 0 ? -Wide{value} : Wide{value};
        return static_cast<double>(step) / static_cast<double>(std::max<Wide>(size, 1));
    }
    std::int64_t Nearest(const cel::Range& range) const {
        return std::clamp(value, range.low, range.high);
    }
    bool Is(int v, int e, int f) const {
        return variable == v && element == e && field_index == f;
    }
};

using Box = std::vector<cel::Range>;  // a range for each chosen candidate

// The facts, some of them moved into ranges.
class Moved final : public cel::RangeActivation {
public:
    Moved(const cel::Activation& facts, const std::vector<const Candidate*>& chosen, const Box& box)
        : facts_(facts), chosen_(chosen), box_(box) {}

    cel::Range Field(int variable, int element, int field_index) const override {
        for (std::size_t i = 0; i < chosen_.size(); ++i) {
            if (chosen_[i]->Is(variable, element, field_index)) return box_[i];
        }
        return cel::Range::Of(facts_.Field(variable, element, field_index));
    }
    int Size(int variable) const override { return facts_.Size(variable); }
    cel::Range Param(int parameter) const override {
        return cel::Range::Of(facts_.Param(parameter));
    }

private:
    const cel::Activation& facts_;
    const std::vector<const Candidate*>& chosen_;
    const Box& box_;
};

// A box with its nearest corner's distance; `order` makes equal ones come in the order they were
// made.
struct Open {
    double distance;
    int order;
    Box box;
    bool operator<(const Open& other) const {  // the priority queue's top is the smallest
        return std::tie(other.distance, other.order) < std::tie(distance, order);
    }
};

class Search {
public:
    Search(const cel::Program& program, const cel::Activation& facts, cel::Tri target, int budget)
        : program_(program), facts_(facts), target_(target), budget_(budget) {}

    bool exhausted() const { return budget_ <= 0; }
    double best() const { return best_; }
    const std::vector<FactChange>& changes() const { return changes_; }

    // Best first: the box whose nearest corner is nearest of all is either answered by that corner,
    // which then is the smallest change, or cut in two.
    void Try(const std::vector<const Candidate*>& chosen) {
        std::priority_queue<Open> open;
        int order = 0;
        Box all;
        for (const Candidate* c : chosen) all.push_back(c->domain);
        if (!CanBe(chosen, all)) return;
        for (unsigned sides = 0; sides < 1u << chosen.size(); ++sides)
            PushSide(chosen, sides, open, order);
        while (!open.empty() && budget_ > 0) {
            const Open top = open.top();
            open.pop();
            if (top.distance >= best_) return;
            --budget_;
            Box corner;
            for (std::size_t i = 0; i < chosen.size(); ++i) {
                const std::int64_t at = chosen[i]->Nearest(top.box[i]);
                corner.push_back(cel::Range::Between(at, at));
            }
            if (CanBe(chosen, corner)) return Keep(chosen, corner, top.distance);
            if (CanBe(chosen, top.box)) Split(chosen, top.box, open, order);
        }
    }

private:
    bool CanBe(const std::vector<const Candidate*>& chosen, const Box& box) const {
        return cel::EvaluateRanges(program_, Moved(facts_, chosen, box)).Can(target_);
    }

    void Push(const std::vector<const Candidate*>& chosen, Box box, std::priority_queue<Open>& open,
              int& order) const {
        double distance = 0;
        for (std::size_t i = 0; i < chosen.size(); ++i)
            distance += chosen[i]->Distance(chosen[i]->Nearest(box[i]));
        if (distance < best_) open.push({distance, order++, std::move(box)});
    }

    // All chosen facts change: each lies below its value or above it.
    void PushSide(const std::vector<const Candidate*>& chosen, unsigned sides,
                  std::priority_queue<Open>& open, int& order) const {
        Box box;
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            cel::Range range = chosen[i]->domain;
            const bool above = (sides >> i & 1) == 0;
            if (above ? chosen[i]->value >= range.high : chosen[i]->value <= range.low) return;
            if (above)
                range.low = std::max(range.low, chosen[i]->value + 1);
            else
                range.high = std::min(range.high, chosen[i]->value - 1);
            box.push_back(range);
        }
        Push(chosen, std::move(box), open, order);
    }

    // In the middle of the side that is longest for its fact.
    void Split(const std::vector<const Candidate*>& chosen, const Box& box,
               std::priority_queue<Open>& open, int& order) const {
        std::size_t widest = 0;
        double width = -1;
        for (std::size_t i = 0; i < box.size(); ++i) {
            const double far = std::max(chosen[i]->Distance(box[i].low),
                                        chosen[i]->Distance(box[i].high));
            const double own = far - chosen[i]->Distance(chosen[i]->Nearest(box[i]));
            if (own <= width) continue;
            width = own;
            widest = i;
        }
        const cel::Range& side = box[widest];
        if (side.low == side.high) return;
        // Rounded down, also below zero.
        const Wide sum = Wide{side.low} + side.high;
        const auto middle = static_cast<std::int64_t>((sum - (sum % 2 != 0 && sum < 0 ? 1 : 0)) / 2);
        Box low = box, high = box;
        low[widest].high = middle;
        high[widest].low = middle + 1;
        Push(chosen, std::move(low), open, order);
        Push(chosen, std::move(high), open, order);
    }

    void Keep(const std::vector<const Candidate*>& chosen, const Box& corner, double distance) {
        best_ = distance;
        changes_.clear();
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            const Candidate& c = *chosen[i];
            changes_.push_back({c.variable, c.element, c.field_index, c.value, corner[i].low});
        }
    }

    const cel::Program& program_;
    const cel::Activation& facts_;
    const cel::Tri target_;
    int budget_;
    double best_ = std::numeric_limits<double>::infinity();
    std::vector<FactChange> changes_;
};

// All choices of `count` candidates, in order.
void TryAll(Search& search, const std::vector<Candidate>& candidates, std::size_t from,
            std::size_t count, std::vector<const Candidate*>& chosen) {
    if (count == 0) return search.Try(chosen);
    for (std::size_t i = from; i + count <= candidates.size() && !search.exhausted(); ++i) {
        chosen.push_back(&candidates[i]);
        TryAll(search, candidates, i + 1, count - 1, chosen);
        chosen.pop_back();
    }
}

// Visits every operand of the program that is a fact of this household.
template <typename Visit>
void ForEachFact(const cel::Program& program, const cel::Activation& facts, Visit visit) {
    for (const auto& [variable, field] : program.reads()) {
        if (variable < 0) continue;
        const int elements = variable == kMembersVariable ? facts.Size(variable) : 1;
        for (int element = 0; element < elements; ++element)
            visit(variable, element, field, facts.Field(variable, element, field));
    }
}

std::optional<cel::Range> DomainOf(const WhyNotOptions& options, int variable, int field) {
    return options.domain ? options.domain(variable, field) : WhyNotDomain(variable, field);
}

// Could the verdict be turned by these operands and `more` of the candidates from `from` on,
// whatever values they take?
bool CouldTurn(const cel::Program& program, const cel::Activation& facts, cel::Tri target,
               const std::vector<Candidate>& candidates, std::size_t from, int more,
               std::vector<const Candidate*>& chosen) {
    Box box;
    for (const Candidate* c : chosen) box.push_back(c->domain);
    if (cel::EvaluateRanges(program, Moved(facts, chosen, box)).Can(target)) return true;
    for (std::size_t i = from; i < candidates.size() && more > 0; ++i) {
        chosen.push_back(&candidates[i]);
        const bool could = CouldTurn(program, facts, target, candidates, i + 1, more - 1, chosen);
        chosen.pop_back();
        if (could) return true;
    }
    return false;
}

// A known verdict stands whatever one unknown fact is; it matters where, were it known, fewer
// known facts than `changes` would have to change.
std::vector<cel::Read> UnknownThatMatter(const cel::Program& program, const cel::Activation& facts,
                                         cel::Tri target, const WhyNotOptions& options,
                                         const std::vector<Candidate>& candidates, int changes) {
    std::vector<cel::Read> matter;
    ForEachFact(program, facts, [&](int variable, int element, int field, cel::FactCell cell) {
        if (cell.known) return;
        const auto domain = DomainOf(options, variable, field);
        if (!domain) return;
        const Candidate unknown{variable, element, field, 0, *domain};
        std::vector<const Candidate*> chosen{&unknown};
        if (CouldTurn(program, facts, target, candidates, 0, changes - 1, chosen))
            matter.push_back({variable, element, field, cell});
    });
    return matter;
}

}  // namespace

cel::Range WhyNotDomain(int variable, int field_index) {
    using google::protobuf::FieldDescriptor;
    const auto* message = variable == kMembersVariable    ? v1::PersonFacts::descriptor()
                          : variable == kVillageVariable ? v1::VillageFacts::descriptor()
                                                         : v1::HouseholdFacts::descriptor();
    switch (message->field(field_index)->cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            return cel::Range::Between(0, 1);
        case FieldDescriptor::CPPTYPE_INT64:
            return cel::Range::Between(INT64_MIN, INT64_MAX);
        default:
            return cel::Range::Between(INT32_MIN, INT32_MAX);
    }
}

WhyNotAnswer WhyNot(const cel::Program& program, const cel::Activation& facts,
                    const WhyNotOptions& options) {
    WhyNotAnswer answer;
    answer.verdict = program.Evaluate(facts);
    if (answer.verdict == cel::Tri::kUnknown) {
        (void)program.Explain(facts, answer.unknown);
        return answer;
    }
    const cel::Tri target =
        answer.verdict == cel::Tri::kTrue ? cel::Tri::kFalse : cel::Tri::kTrue;
    std::vector<Candidate> candidates;
    ForEachFact(program, facts, [&](int variable, int element, int field, cel::FactCell cell) {
        const auto domain = DomainOf(options, variable, field);
        if (cell.known && domain)
            candidates.push_back({variable, element, field, cell.value, *domain});
    });
    Search search(program, facts, target, options.budget);
    std::vector<const Candidate*> chosen;
    for (int count = 1; count <= options.max_facts && search.changes().empty(); ++count)
        TryAll(search, candidates, 0, static_cast<std::size_t>(count), chosen);
    answer.changes = search.changes();
    answer.distance = answer.changes.empty() ? 0 : search.best();
    answer.complete = !search.exhausted();
    const int changes = answer.changes.empty() ? options.max_facts + 1
                                               : static_cast<int>(answer.changes.size());
    // Beside more than two changed facts an unknown one is no hint any more.
    answer.unknown = UnknownThatMatter(program, facts, target, options, candidates,
                                       std::min(changes, 3));
    return answer;
}

}  // namespace shouwang::monitoring::domain
