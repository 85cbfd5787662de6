#include "services/monitoring/usecase/must_visits.h"

#include <charconv>

#include "common/base/region_code.h"
#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/store/campaign_store.h"
#include "services/monitoring/usecase/household_view.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr int kStep = 200;     // households a transaction
constexpr int kVillages = 50;  // villages looked at in one run of the job
constexpr std::string_view kAgain = "lead.must_visit_again_days", kRefresh = "lead.must_visit_refresh_days";

// Sources name batches as people know them.
// Batch number of a source row as screening writes it; 0 where it is none.
std::int64_t NumberOf(const std::string& text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    return std::from_chars(text.data(), end, number).ptr == end ? number : 0;
}

Status NameBatches(pg::Connection& connection, std::vector<std::vector<domain::MustVisitFound>>& found) {
    std::vector<v1::SourceRow*> rows;
    std::map<std::int64_t, std::string> names;
    for (auto& of_household : found) {
        for (domain::MustVisitFound& f : of_household) {
            for (v1::Operand& o : *f.reason.mutable_operands()) {
                for (v1::SourceRow& row : *o.mutable_sources()) {
                    rows.push_back(&row);
                    names[NumberOf(row.batch())];
                }
            }
        }
    }
    std::vector<std::int64_t> ids;
    for (const auto& [id, name] : names) ids.push_back(id);
    if (ids.empty()) return Status::Ok();
    SW_ASSIGN_OR_RETURN(const auto known, store::BatchNames(connection, ids));
    for (const auto& [id, name] : known) names[id] = name;
    for (v1::SourceRow* row : rows) row->set_batch(names[NumberOf(row->batch())]);
    return Status::Ok();
}

struct Position {
    std::int64_t household = 0;
    std::string rule;
};
Position ParsePosition(const std::string& text) {
    Position p;
    const std::size_t slash = text.find('/');
    std::from_chars(text.data(), text.data() + std::min(slash, text.size()), p.household);
    if (slash != std::string::npos) p.rule = text.substr(slash + 1);
    return p;
}

}  // namespace

Result<std::shared_ptr<const domain::RuleBook>> MustVisits::Book(const domain::RuleBook& in_force) const {
    const std::lock_guard lock(mutex_);
    if (in_force_ != in_force.id()) {
        SW_ASSIGN_OR_RETURN(book_, domain::MustVisitBook(in_force.rule_set()));
        in_force_ = in_force.id();
    }
    return book_;
}

Result<std::int64_t> MustVisits::RefreshSome(pg::Connection& connection, const std::string& region_code, std::int64_t after,
                                             v1::RefreshMustVisitsResponse& counts) const {
    const Date today = commands_.clock().Today();
    SW_ASSIGN_OR_RETURN(const auto ids, store::HouseholdIds(connection, region_code, after, kStep));
    if (ids.empty()) return 0;
    SW_ASSIGN_OR_RETURN(auto records, store::LockHouseholds(connection, ids));
    SW_ASSIGN_OR_RETURN(const auto in_force, books_.InForce(connection));
    SW_ASSIGN_OR_RETURN(const auto book, Book(*in_force));
    SW_ASSIGN_OR_RETURN(const auto coverage, store::LoadCoverage(connection));
    SW_ASSIGN_OR_RETURN(const auto villages, store::VillageStates(connection, {region_code}));
    const domain::SubjectState village = domain::SubjectState::Parse(villages.empty() ? "" : villages.begin()->second);
    SW_ASSIGN_OR_RETURN(const std::int64_t again_days, commands_.parameters().Need(connection, kAgain, region_code, today));
    const auto parameters = book->ParametersFor(region_code, today);

    std::vector<std::vector<domain::MustVisitFound>> found;
    for (store::HouseholdRecord& record : records) {
        HouseholdView view(std::move(record));
        const domain::HouseholdInput& input = view.Input(&village);
        const domain::HouseholdFacts facts(input, today, coverage, parameters);
        found.push_back(input.members.empty() ? std::vector<domain::MustVisitFound>() : domain::MustVisitsOf(*book, facts));
    }
    SW_RETURN_IF_ERROR(NameBatches(connection, found));
    SW_ASSIGN_OR_RETURN(auto before, store::MustVisitsOf(connection, ids));
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const store::MustVisitRows& old = before[ids[i]];
        for (const auto& [rule, row] : domain::MergeMustVisits(old, found[i], today, again_days)) {
            const auto was = old.find(rule);
            if (was != old.end() && was->second == row) continue;
            const bool changed = was == old.end() || was->second.state != row.state;
            if (changed && row.state == v1::MUST_VISIT_STATE_LISTED) counts.set_listed(counts.listed() + 1);
            if (changed && row.state == v1::MUST_VISIT_STATE_ENDED) counts.set_ended(counts.ended() + 1);
            SW_RETURN_IF_ERROR(store::SaveMustVisit(connection, ids[i], region_code, rule, row));
        }
    }
    counts.set_households(counts.households() + static_cast<std::int32_t>(ids.size()));
    return ids.back();
}

Status MustVisits::RefreshVillage(const std::string& region_code, Deadline deadline, v1::RefreshMustVisitsResponse& counts) const {
    for (std::int64_t after = 0;;) {
        v1::RefreshMustVisitsResponse done;
        SW_RETURN_IF_ERROR(pg::RunInTransaction(commands_.pool(), deadline, [&](pg::Connection& connection) -> Status {
            done = counts;
            SW_ASSIGN_OR_RETURN(const std::int64_t last, RefreshSome(connection, region_code, after, done));
            if (last == 0) SW_RETURN_IF_ERROR(store::SetRefreshed(connection, region_code, commands_.clock().Today()));
            after = last;
            return Status::Ok();
        }));
        counts = done;
        if (after == 0) return Status::Ok();
    }
}

Status MustVisits::Refresh(const v1::RefreshMustVisitsRequest& q, const type::v1::Principal& by, Deadline deadline, v1::RefreshMustVisitsResponse& answer) const {
    if (RegionLevel(q.region_code()) != 5 || !RegionContains(by.region_prefix(), q.region_code())) {
        return InvalidField("region_code", "a village of the caller's own region", "REGION_NOT_FOUND");
    }
    return RefreshVillage(q.region_code(), deadline, answer);
}

Status MustVisits::RunDue(Deadline deadline) {
    const Date today = commands_.clock().Today();
    for (int i = 0; i < kVillages; ++i) {
        std::string village;
        bool due = false;
        {
            SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
            SW_ASSIGN_OR_RETURN(village, store::NextVillage(*lease, after_));
            after_ = village;
            if (village.empty()) return Status::Ok();  // the next run begins again with the first one
            SW_ASSIGN_OR_RETURN(const auto last, store::RefreshedOn(*lease, village));
            SW_ASSIGN_OR_RETURN(const auto days, commands_.parameters().Value(*lease, kRefresh, village, today));
            due = days && (!last || today - *last >= *days || *last > today);
        }
        v1::RefreshMustVisitsResponse counts;
        if (due) SW_RETURN_IF_ERROR(RefreshVillage(village, deadline, counts));
    }
    return Status::Ok();
}

Status MustVisits::List(const v1::ListMustVisitsRequest& q, const std::string& region, Deadline deadline, v1::ListMustVisitsResponse& response) const {
    store::MustVisitFilter filter;
    filter.region_prefix = region;
    filter.rule = q.rule();
    for (const int state : q.states()) filter.states.push_back(state);
    if (filter.states.empty()) filter.states.push_back(v1::MUST_VISIT_STATE_LISTED);
    SW_ASSIGN_OR_RETURN(const int size, model::PageSize(q.page_size()));
    SW_ASSIGN_OR_RETURN(const std::string token, tokens_.Read(q));
    const Position position = ParsePosition(token);
    filter.after_household = position.household;
    filter.after_rule = position.rule;
    filter.limit = size + 1;
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    SW_ASSIGN_OR_RETURN(auto rows, store::ListMustVisits(*lease, filter));
    SW_ASSIGN_OR_RETURN(const auto book, Book(*books_.Current()));
    std::map<std::string, const v1::Rule*> rules;
    for (const domain::CompiledRule& rule : book->rules()) rules[rule.rule.id()] = &rule.rule;
    for (v1::MustVisit& row : rows) {
        if (response.must_visits_size() == size) {
            const v1::MustVisit& last = *response.must_visits().rbegin();
            response.set_next_page_token(tokens_.Make(last.household().substr(last.household().find('/') + 1) + "/" + last.rule(), q));
            break;
        }
        if (const auto rule = rules.find(row.rule()); rule != rules.end()) {
            row.set_label_zh(rule->second->label_zh());
            row.set_label_en(rule->second->label_en());
        }
        *response.add_must_visits() = std::move(row);
    }
    return Status::Ok();
}

}  // namespace shouwang::monitoring::usecase
