#include "services/monitoring/usecase/history.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>

#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/store/history_store.h"
#include "services/monitoring/store/registry_store.h"
#include "shouwang/monitoring/feed/v1/registry.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using feed::v1::RegistryMember;
using store::HistoryRow;

// The ranks of store/registry_apply.cc, over what was known then.
auto PersonRank(const HistoryRow& r) { return std::tuple(r.date, r.revision, r.retract, static_cast<std::int64_t>(r.content_hash)); }
auto AttributeRank(const HistoryRow& r) { return std::tuple(r.date, static_cast<std::int64_t>(r.content_hash)); }

struct Registered {
    const HistoryRow* row = nullptr;
    RegistryMember member;
};

using RowsOf = std::unordered_map<std::int64_t, std::vector<const HistoryRow*>>;  // by subject

RowsOf BySubject(const std::vector<HistoryRow>& rows) {
    RowsOf of;
    for (const HistoryRow& row : rows) of[row.subject_id].push_back(&row);
    return of;
}

// The state that these rows make.
Result<domain::SubjectState> StateOf(const std::vector<const HistoryRow*>& rows) {
    domain::SubjectState state;
    for (const HistoryRow* row : rows) {
        const model::Dataset* dataset = domain::Datasets().Find(row->dataset);
        if (dataset == nullptr || dataset->options.registry()) continue;
        const std::unique_ptr<google::protobuf::Message> message(
            google::protobuf::MessageFactory::generated_factory()->GetPrototype(dataset->descriptor)->New());
        if (!message->ParseFromString(row->content)) return MakeStatus(Code::kDataLoss, "CONTENT_MALFORMED", "a stored row does not parse");
        const std::string key = model::RowKeyOf(*dataset, *message);
        domain::IncomingRow incoming{row->dataset, key, row->revision, row->retract, row->date, row->content_hash, row->batch, row->sequence, {}};
        if (!row->retract) domain::Facts().ValuesOf(*dataset, *message, incoming.values);
        (void)state.Apply(incoming, domain::Facts());
    }
    return state;
}

// One household from the rows of everybody who ever was in it.
class Rebuilder {
public:
    Rebuilder(store::HouseholdRecord now, const RowsOf& rows) : record_(std::move(now)), rows_(rows) { record_.members.clear(); }

    Status Add(const store::KnownMember& m) {
        const auto found = rows_.find(m.person_id);
        if (found == rows_.end()) return Status::Ok();
        Registered newest;
        for (const HistoryRow* row : found->second) {
            const model::Dataset* dataset = domain::Datasets().Find(row->dataset);
            if (dataset == nullptr || !dataset->options.registry()) continue;
            RegistryMember member;
            if (!member.ParseFromString(row->content)) return MakeStatus(Code::kDataLoss, "CONTENT_MALFORMED", "a stored row does not parse");
            if (member.household_no() == record_.household_no && (attributes_.row == nullptr || AttributeRank(*attributes_.row) < AttributeRank(*row))) {
                attributes_ = {row, member};
            }
            if (newest.row == nullptr || PersonRank(*newest.row) < PersonRank(*row)) newest = {row, std::move(member)};
        }
        if (newest.row == nullptr || newest.member.household_no() != record_.household_no) return Status::Ok();
        SW_ASSIGN_OR_RETURN(const domain::SubjectState state, StateOf(found->second));
        store::MemberRecord& out = record_.members.emplace_back();
        out.household_id = record_.household_id;
        out.person_id = m.person_id;
        out.birth = m.birth;
        out.relation = newest.member.relation();
        out.labour = newest.member.labour();
        if (newest.member.has_main_earner()) out.main_earner = newest.member.main_earner();
        out.living = !newest.member.left() && !newest.row->retract;
        out.state = state.Serialize();
        return Status::Ok();
    }

    // nullopt where nobody had registered it.
    std::optional<store::HouseholdRecord> End() {
        if (attributes_.row == nullptr) return std::nullopt;
        record_.region_code = attributes_.member.region_code();
        record_.lifted = attributes_.member.household_type() == RegistryMember::HOUSEHOLD_TYPE_LIFTED;
        record_.relocated = attributes_.member.relocated();
        record_.member_count = std::count_if(record_.members.begin(), record_.members.end(), [](const auto& m) { return m.living; });
        return std::move(record_);
    }

private:
    store::HouseholdRecord record_;
    const RowsOf& rows_;
    Registered attributes_;
};

// The code as a number, as the history knows villages.
std::int64_t VillageId(const std::string& region_code) { return std::stoll((region_code + std::string(12, '0')).substr(0, 12)); }

Status AddVillages(pg::Connection& connection, Date upto, TimePoint known_at, HouseholdsThen& then) {
    std::map<std::string, std::int64_t> ids;
    for (const store::HouseholdRecord& r : then.records) ids[r.region_code] = VillageId(r.region_code);
    std::vector<std::int64_t> subjects;
    for (const auto& [code, id] : ids) subjects.push_back(id);
    SW_ASSIGN_OR_RETURN(const auto rows, store::RowsKnownAt(connection, subjects, upto, known_at));
    const RowsOf of = BySubject(rows);
    for (const auto& [code, id] : ids) {
        const auto found = of.find(id);
        if (found == of.end()) continue;
        SW_ASSIGN_OR_RETURN(domain::SubjectState state, StateOf(found->second));
        then.villages.emplace(code, std::move(state));
    }
    return Status::Ok();
}

}  // namespace

Result<HouseholdsThen> LoadNow(pg::Connection& connection, const std::vector<std::int64_t>& sorted_ids) {
    HouseholdsThen now;
    SW_ASSIGN_OR_RETURN(now.records, store::ReadHouseholds(connection, sorted_ids));
    std::set<std::string> codes;
    for (const store::HouseholdRecord& r : now.records) codes.insert(r.region_code);
    SW_ASSIGN_OR_RETURN(const auto villages, store::VillageStates(connection, {codes.begin(), codes.end()}));
    for (const auto& [code, bytes] : villages) now.villages.emplace(code, domain::SubjectState::Parse(bytes));
    SW_ASSIGN_OR_RETURN(now.coverage, store::LoadCoverage(connection));
    return now;
}

Result<HouseholdsThen> LoadThen(pg::Connection& connection, const std::vector<std::int64_t>& sorted_ids, Moment moment) {
    HouseholdsThen then;
    SW_ASSIGN_OR_RETURN(auto now, store::ReadHouseholds(connection, sorted_ids));
    SW_ASSIGN_OR_RETURN(const auto members, store::EverMembers(connection, sorted_ids));
    std::vector<std::int64_t> subjects;
    for (const store::KnownMember& m : members) subjects.push_back(m.person_id);
    // A row of the running month carries its last day.
    const Date upto = Month::Of(moment.valid_on).last_day();
    SW_ASSIGN_OR_RETURN(const auto rows, store::RowsKnownAt(connection, subjects, upto, moment.known_at));
    const RowsOf of = BySubject(rows);
    auto member = members.begin();
    for (store::HouseholdRecord& record : now) {
        const std::int64_t id = record.household_id;
        Rebuilder rebuilder(std::move(record), of);
        while (member != members.end() && member->household_id < id) ++member;
        for (; member != members.end() && member->household_id == id; ++member) SW_RETURN_IF_ERROR(rebuilder.Add(*member));
        if (auto rebuilt = rebuilder.End()) then.records.push_back(std::move(*rebuilt));
    }
    SW_RETURN_IF_ERROR(AddVillages(connection, upto, moment.known_at, then));
    SW_ASSIGN_OR_RETURN(then.coverage, store::CoverageKnownAt(connection, moment.known_at));
    return then;
}

}  // namespace shouwang::monitoring::usecase
