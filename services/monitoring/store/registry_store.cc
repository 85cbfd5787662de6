#include "services/monitoring/store/registry_store.h"

#include <algorithm>
#include <limits>

namespace shouwang::monitoring::store {
namespace {

Result<std::vector<HouseholdRecord>> Load(pg::Connection& connection, const std::vector<std::int64_t>& ids, const char* lock) {
    std::vector<HouseholdRecord> households;
    if (ids.empty()) return households;
    pg::Params params;
    params.AddArray(ids);
    SW_ASSIGN_OR_RETURN(pg::Rows h, connection.Exec(
        std::string("SELECT household_id, household_no, region_code, lifted, relocated, version, members, monitored, monitored_members, "
                    "monitored_since, risk_eliminated, measures, public_posts, house_renovations, rewards_fen "
                    "FROM household WHERE household_id = ANY($1) ORDER BY household_id") + lock, params));
    households.resize(h.size());
    std::unordered_map<std::int64_t, std::size_t> position;
    position.reserve(h.size());
    for (int i = 0; i < h.size(); ++i) {
        HouseholdRecord& r = households[i];
        r.household_id = h.Int(i, 0);
        r.household_no = h.Text(i, 1);
        r.region_code = h.Text(i, 2);
        r.lifted = h.Bool(i, 3);
        r.relocated = h.Bool(i, 4);
        r.version = h.Int(i, 5);
        r.member_count = h.Int(i, 6);
        r.figures.monitored = h.Bool(i, 7);
        r.figures.monitored_members = h.Int(i, 8);
        if (!h.IsNull(i, 9)) r.figures.monitored_since = h.DateOf(i, 9);
        r.figures.risk_eliminated = h.Bool(i, 10);
        r.figures.measures = h.Int(i, 11);
        r.figures.public_posts = h.Int(i, 12);
        r.figures.house_renovations = h.Int(i, 13);
        r.figures.rewards_fen = h.Int(i, 14);
        position[r.household_id] = i;
    }
    SW_ASSIGN_OR_RETURN(pg::Rows m, connection.Exec(
        "SELECT household_id, person_id, birth, relation, labour, main_earner, living, state FROM member "
        "WHERE household_id = ANY($1) ORDER BY household_id, blind", params));
    for (int i = 0; i < m.size(); ++i) {
        const auto it = position.find(m.Int(i, 0));
        if (it == position.end()) continue;
        MemberRecord r;
        r.household_id = m.Int(i, 0);
        r.person_id = m.Int(i, 1);
        r.birth = m.DateOf(i, 2);
        r.relation = static_cast<int>(m.Int(i, 3));
        r.labour = static_cast<int>(m.Int(i, 4));
        if (!m.IsNull(i, 5)) r.main_earner = m.Bool(i, 5);
        r.living = m.Bool(i, 6);
        r.state = m.Bytes(i, 7);
        households[it->second].members.push_back(std::move(r));
    }
    return households;
}

}  // namespace

Result<std::vector<HouseholdRecord>> LockHouseholds(pg::Connection& connection, const std::vector<std::int64_t>& sorted_ids) {
    return Load(connection, sorted_ids, " FOR NO KEY UPDATE");
}

Result<std::vector<HouseholdRecord>> ReadHouseholds(pg::Connection& connection, const std::vector<std::int64_t>& sorted_ids) {
    return Load(connection, sorted_ids, "");
}

Result<std::vector<std::int64_t>> HouseholdIds(pg::Connection& connection, const std::string& region_prefix, std::int64_t after, int limit) {
    // A county and what is below it is found by region: going through the province's households by id would read them all for a village.
    constexpr std::size_t kCounty = 6;
    const std::string behind = region_prefix + ":";  // the character after the digits
    SW_ASSIGN_OR_RETURN(pg::Rows rows, region_prefix.size() >= kCounty
        ? connection.Exec(
              "WITH inside AS MATERIALIZED (SELECT household_id FROM household WHERE region_code ~>=~ $1 AND region_code ~<~ $2) "
              "SELECT household_id FROM inside WHERE household_id > $3 ORDER BY household_id LIMIT $4",
              pg::P(region_prefix, behind, after, static_cast<std::int64_t>(limit)))
        : connection.Exec(
              "SELECT household_id FROM household WHERE region_code LIKE $1 AND household_id > $2 ORDER BY household_id LIMIT $3",
              pg::P(region_prefix + "%", after, static_cast<std::int64_t>(limit))));
    std::vector<std::int64_t> ids;
    for (int i = 0; i < rows.size(); ++i) ids.push_back(rows.Int(i, 0));
    return ids;
}

Status SaveStates(pg::Connection& connection, std::vector<StateChange> changes) {
    if (changes.empty()) return Status::Ok();
    std::vector<std::int64_t> households, persons;
    std::vector<std::string> states;
    for (StateChange& c : changes) {
        households.push_back(c.household_id);
        persons.push_back(c.person_id);
        states.push_back(std::move(c.state));
    }
    pg::Params params;
    params.AddArray(households).AddArray(persons).AddBytesArray(states);
    SW_ASSIGN_OR_RETURN(pg::Rows updated, connection.Exec(
        "UPDATE member m SET state = c.state FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS c(household_id, person_id, state) "
        "WHERE m.household_id = c.household_id AND m.person_id = c.person_id", params));
    if (updated.affected() != static_cast<std::int64_t>(changes.size())) {
        return MakeStatus(Code::kInternal, "MEMBER_LOST", "a locked member disappeared");
    }
    return Status::Ok();
}

Status SaveFigures(pg::Connection& connection, std::span<const FiguresChange> changes) {
    if (changes.empty()) return Status::Ok();
    // Dates as days since 1970, null as the smallest number: arrays carry no nulls.
    constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::min();
    std::vector<std::int64_t> ids, members, measures, posts, renovations, rewards;
    std::vector<std::int16_t> monitored, eliminated;
    std::vector<std::int32_t> since;
    for (const auto& [id, f] : changes) {
        ids.push_back(id);
        monitored.push_back(f.monitored);
        members.push_back(f.monitored_members);
        since.push_back(f.monitored_since ? f.monitored_since->days : kNone);
        eliminated.push_back(f.risk_eliminated);
        measures.push_back(f.measures);
        posts.push_back(f.public_posts);
        renovations.push_back(f.house_renovations);
        rewards.push_back(f.rewards_fen);
    }
    pg::Params params;
    params.AddArray(ids).AddArray(monitored).AddArray(members).AddArray(since).AddArray(eliminated).AddArray(measures).AddArray(posts);
    params.AddArray(renovations).AddArray(rewards).Add(kNone);
    return connection.Exec(
        "UPDATE household h SET monitored = c.monitored <> 0, monitored_members = c.members, "
        "monitored_since = CASE WHEN c.since <> $10 THEN date '1970-01-01' + c.since END, risk_eliminated = c.eliminated <> 0, "
        "measures = c.measures, public_posts = c.posts, house_renovations = c.renovations, rewards_fen = c.rewards "
        "FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::int[], $5::smallint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]) "
        "AS c(household_id, monitored, members, since, eliminated, measures, posts, renovations, rewards) "
        "WHERE h.household_id = c.household_id", params).status();
}

Result<std::unordered_map<std::string, std::string>> VillageStates(pg::Connection& connection, const std::vector<std::string>& villages) {
    std::unordered_map<std::string, std::string> states;
    if (villages.empty()) return states;
    pg::Params params;
    params.AddArray(villages);
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT region_code, state FROM village_state WHERE region_code = ANY($1)", params));
    for (int i = 0; i < rows.size(); ++i) states.emplace(rows.Text(i, 0), rows.Bytes(i, 1));
    return states;
}

Result<std::string> LockVillage(pg::Connection& connection, const std::string& region_code) {
    SW_ASSIGN_OR_RETURN(pg::Rows made, connection.Exec(
        "INSERT INTO village_state (region_code, state) VALUES ($1, '') ON CONFLICT DO NOTHING", pg::P(region_code)));
    (void)made;
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT state FROM village_state WHERE region_code = $1 FOR UPDATE", pg::P(region_code)));
    return std::string(rows.Bytes(0, 0));
}

Status SaveVillage(pg::Connection& connection, const std::string& region_code, std::string_view state) {
    pg::Params params;
    params.Add(region_code).AddBytes(state);
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec("UPDATE village_state SET state = $2 WHERE region_code = $1", params));
    (void)rows;
    return Status::Ok();
}

}  // namespace shouwang::monitoring::store
