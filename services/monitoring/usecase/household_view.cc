#include "services/monitoring/usecase/household_view.h"

#include <algorithm>
#include <array>

#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using domain::FactOwner;

int FieldIndex(const char* name) { return v1::HouseholdFacts::descriptor()->FindFieldByName(name)->index(); }

constexpr std::array kFigureFields = {"monitored_category", "monitored_members", "monitored_since",  "risk_eliminated",
                                      "measures",           "public_posts",      "house_renovations", "rewards_fen"};

bool AboutHousehold(std::uint32_t dataset) {
    static const std::vector<bool> about = [] {
        std::vector<bool> flags;
        for (const auto& d : domain::Datasets().all()) {
            if (flags.size() <= d->options.number()) flags.resize(d->options.number() + 1);
            flags[d->options.number()] = d->options.subject() == options::v1::SUBJECT_HOUSEHOLD;
        }
        return flags;
    }();
    return dataset < about.size() && about[dataset];
}

domain::IncomingRow AsIncoming(const domain::StateRow& row, std::string& key) {
    key.assign(reinterpret_cast<const char*>(&row.key), sizeof(row.key));
    return {row.dataset, key, row.revision, row.retract, row.date, row.content_hash, row.batch, row.sequence, row.values};
}

}  // namespace

HouseholdView::HouseholdView(store::HouseholdRecord record) : record_(std::move(record)) {
    states_.reserve(record_.members.size());
    for (const store::MemberRecord& m : record_.members) states_.push_back(domain::SubjectState::Parse(m.state));
    changed_.resize(states_.size());
}

std::optional<domain::Seen> HouseholdView::Offer(std::int64_t person_id, const domain::IncomingRow& row, std::vector<domain::FactIndex>& touched) {
    for (std::size_t i = 0; i < record_.members.size(); ++i) {
        if (record_.members[i].person_id != person_id) continue;
        const domain::Seen seen = states_[i].Offer(row, domain::Facts(), touched);
        if (seen == domain::Seen::kNever) changed_[i] = true;
        return seen;
    }
    return std::nullopt;
}

void HouseholdView::ChangedStates(std::vector<store::StateChange>& changes) const {
    for (std::size_t i = 0; i < states_.size(); ++i) {
        if (changed_[i]) changes.push_back({record_.household_id, record_.members[i].person_id, states_[i].Serialize()});
    }
}

const domain::HouseholdInput& HouseholdView::Input(const domain::SubjectState* village) {
    own_ = domain::SubjectState();
    std::string key;
    for (const domain::SubjectState& state : states_) {
        for (const domain::StateRow& row : state.rows()) {
            if (AboutHousehold(row.dataset)) (void)own_.Apply(AsIncoming(row, key), domain::Facts());
        }
    }
    input_ = {};
    input_.household_id = record_.household_id;
    input_.region_code = record_.region_code;
    input_.lifted = record_.lifted;
    input_.relocated = record_.relocated;
    input_.state = &own_;
    input_.village = village;
    for (std::size_t i = 0; i < record_.members.size(); ++i) {
        const store::MemberRecord& m = record_.members[i];
        if (m.living) input_.members.push_back({m.person_id, m.birth, m.labour, m.main_earner, &states_[i]});
    }
    return input_;
}

store::HouseholdFigures FiguresOf(const domain::HouseholdFacts& facts) {
    const auto value = [&](const char* name) { return facts.Explain(FactOwner::kHousehold, 0, FieldIndex(name)); };
    const auto number = [&](const char* name) {
        const domain::ComputedFact f = value(name);
        return f.known == domain::Known::kKnown ? f.value : 0;
    };
    store::HouseholdFigures figures;
    figures.monitored = number("monitored_category") != 0;
    figures.monitored_members = number("monitored_members");
    if (const auto since = value("monitored_since"); since.known == domain::Known::kKnown) {
        figures.monitored_since = Date{static_cast<std::int32_t>(since.value)};
    }
    figures.risk_eliminated = number("risk_eliminated") != 0;
    figures.measures = number("measures");
    figures.public_posts = number("public_posts");
    figures.house_renovations = number("house_renovations");
    figures.rewards_fen = number("rewards_fen");
    return figures;
}

bool IsFigure(domain::FactIndex fact) {
    static const std::vector<bool> is_figure = [] {
        std::vector<bool> flags(domain::Facts().facts().size());
        for (const char* name : kFigureFields) flags[domain::Facts().IndexOf(FactOwner::kHousehold, FieldIndex(name))] = true;
        return flags;
    }();
    return is_figure[fact];
}

const std::vector<cel::FactCell>& ParameterCache::For(const domain::RuleBook& book, const std::string& region_code, Date today) {
    if (book_ != book.id() || today_ != today) {
        book_ = book.id();
        today_ = today;
        by_region_.clear();
    }
    auto [it, fresh] = by_region_.try_emplace(region_code);
    if (fresh) it->second = book.ParametersFor(region_code, today);
    return it->second;
}

}  // namespace shouwang::monitoring::usecase
