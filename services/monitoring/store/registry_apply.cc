// ApplyRegistry: a set function of all registry rows. Each person follows the row with the highest rank; each household's attributes
// follow the highest-ranked row that names it, even where that row lost for its person.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "services/monitoring/store/registry_store.h"

namespace shouwang::monitoring::store {
namespace {

auto Rank(const RegistryRow& r) { return std::tuple(r.as_of, r.revision, r.retract, r.content_hash); }
auto AttributeRank(const RegistryRow& r) { return std::tuple(r.as_of, r.content_hash); }

struct Existing {
    std::int64_t person_id, household_id;
    std::tuple<Date, std::uint32_t, bool, std::int64_t> rank;
};

// household_no → id; `touched` gets the ids that were made or whose attributes changed.
Result<std::map<std::string, std::int64_t>> UpsertHouseholds(pg::Connection& connection, const std::vector<RegistryRow>& rows,
                                                             std::set<std::int64_t>& touched) {
    std::map<std::string, const RegistryRow*> newest;
    for (const RegistryRow& r : rows) {
        const RegistryRow*& best = newest[r.household_no];
        if (best == nullptr || AttributeRank(*best) < AttributeRank(r)) best = &r;
    }
    SW_RETURN_IF_ERROR(connection.ExecScript(
        "CREATE TEMP TABLE IF NOT EXISTS registry_household (household_no text, region_code text, lifted boolean, relocated boolean, "
        "as_of date, hash bigint) ON COMMIT DELETE ROWS; DELETE FROM registry_household"));
    pg::CopyBuffer copy;
    std::vector<std::string> numbers;
    for (const auto& [number, r] : newest) {
        copy.Row(6).Text(number).Text(r->region_code).Bool(r->lifted).Bool(r->relocated).DateOf(r->as_of).Int64(r->content_hash);
        numbers.push_back(number);
    }
    SW_RETURN_IF_ERROR(connection.Copy("COPY registry_household FROM STDIN (FORMAT binary)", copy));
    SW_ASSIGN_OR_RETURN(pg::Rows changed, connection.Exec(
        "INSERT INTO household (household_no, region_code, lifted, relocated, attributes_as_of, attributes_hash) "
        "SELECT household_no, region_code, lifted, relocated, as_of, hash FROM registry_household ORDER BY household_no "
        "ON CONFLICT (household_no) DO UPDATE SET region_code = EXCLUDED.region_code, lifted = EXCLUDED.lifted, "
        "relocated = EXCLUDED.relocated, attributes_as_of = EXCLUDED.attributes_as_of, attributes_hash = EXCLUDED.attributes_hash "
        "WHERE (household.attributes_as_of, household.attributes_hash) < (EXCLUDED.attributes_as_of, EXCLUDED.attributes_hash) "
        "RETURNING household_id"));
    for (int i = 0; i < changed.size(); ++i) touched.insert(changed.Int(i, 0));
    pg::Params params;
    params.AddArray(numbers);
    SW_ASSIGN_OR_RETURN(pg::Rows ids, connection.Exec(
        "SELECT household_no, household_id FROM household WHERE household_no = ANY($1)", params));
    std::map<std::string, std::int64_t> by_number;
    for (int i = 0; i < ids.size(); ++i) by_number.emplace(ids.Text(i, 0), ids.Int(i, 1));
    return by_number;
}

Result<std::unordered_map<std::string, Existing>> FindExisting(pg::Connection& connection, const std::vector<std::string>& blinds) {
    pg::Params params;
    params.AddBytesArray(blinds);
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT i.blind, p.person_id, p.household_id, p.as_of, p.revision, p.retracted, p.content_hash "
        "FROM person_identity i JOIN person p ON p.person_id = i.person_id WHERE i.blind = ANY($1) "
        "ORDER BY p.person_id FOR UPDATE OF p", params));
    std::unordered_map<std::string, Existing> existing;
    for (int i = 0; i < rows.size(); ++i) {
        existing.emplace(rows.Bytes(i, 0), Existing{rows.Int(i, 1), rows.Int(i, 2),
                                                    {rows.DateOf(i, 3), static_cast<std::uint32_t>(rows.Int(i, 4)), rows.Bool(i, 5), rows.Int(i, 6)}});
    }
    return existing;
}

void CopyMember(pg::CopyBuffer& copy, const RegistryRow& r) {
    copy.DateOf(r.birth).Int16(static_cast<std::int16_t>(r.relation)).Int16(static_cast<std::int16_t>(r.labour));
    if (r.main_earner) {
        copy.Bool(*r.main_earner);
    } else {
        copy.Null();
    }
    copy.Bool(!r.left && !r.retract);
}

struct Placed {
    const RegistryRow* row;
    std::int64_t person_id, household_id, old_household_id;
};

Status InsertPersons(pg::Connection& connection, std::vector<Placed>& fresh) {
    if (fresh.empty()) return Status::Ok();
    SW_ASSIGN_OR_RETURN(pg::Rows ids, connection.Exec(
        "SELECT nextval('subject_id') FROM generate_series(1, $1::bigint)", pg::P(static_cast<std::int64_t>(fresh.size()))));
    pg::CopyBuffer person, identity, member;
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        Placed& p = fresh[i];
        p.person_id = ids.Int(static_cast<int>(i), 0);
        const RegistryRow& r = *p.row;
        identity.Row(3).Bytes(r.blind).Int64(p.person_id).Int64(p.household_id);
        person.Row(9).Int64(p.person_id).Int64(p.household_id).Text(r.name).Bytes(r.sealed_identity).Bytes(r.sealed_phone);
        person.DateOf(r.as_of).Int32(static_cast<std::int32_t>(r.revision)).Bool(r.retract).Int64(r.content_hash);
        member.Row(8).Int64(p.household_id).Int64(p.person_id).Bytes(r.blind);
        CopyMember(member, r);
    }
    Status claimed = connection.Copy("COPY person_identity (blind, person_id, household_id) FROM STDIN (FORMAT binary)", identity);
    if (claimed.code == Code::kAlreadyExists) {
        // Another worker registered one of them a moment ago: look again.
        return MakeStatus(Code::kAborted, "PG_RETRY", "a person was registered at the same time");
    }
    SW_RETURN_IF_ERROR(std::move(claimed));
    SW_RETURN_IF_ERROR(connection.Copy(
        "COPY person (person_id, household_id, name, identity, phone, as_of, revision, retracted, content_hash) FROM STDIN (FORMAT binary)", person));
    return connection.Copy(
        "COPY member (household_id, person_id, blind, birth, relation, labour, main_earner, living) FROM STDIN (FORMAT binary)", member);
}

Status UpdatePersons(pg::Connection& connection, const std::vector<Placed>& newer) {
    if (newer.empty()) return Status::Ok();
    std::set<std::int64_t> households;
    SW_RETURN_IF_ERROR(connection.ExecScript(
        "CREATE TEMP TABLE IF NOT EXISTS registry_person (blind bytea, person_id bigint, household_id bigint, old_household_id bigint, name text, "
        "identity bytea, phone bytea, as_of date, revision int, retracted boolean, content_hash bigint, birth date, relation smallint, "
        "labour smallint, main_earner boolean, living boolean) ON COMMIT DELETE ROWS; DELETE FROM registry_person"));
    pg::CopyBuffer copy;
    for (const Placed& p : newer) {
        const RegistryRow& r = *p.row;
        copy.Row(16).Bytes(r.blind).Int64(p.person_id).Int64(p.household_id).Int64(p.old_household_id).Text(r.name).Bytes(r.sealed_identity);
        copy.Bytes(r.sealed_phone).DateOf(r.as_of).Int32(static_cast<std::int32_t>(r.revision)).Bool(r.retract).Int64(r.content_hash);
        CopyMember(copy, r);
        households.insert(p.household_id);
        households.insert(p.old_household_id);
    }
    SW_RETURN_IF_ERROR(connection.Copy("COPY registry_person FROM STDIN (FORMAT binary)", copy));
    // Members change only under their households' locks: screening reads them under the same.
    SW_ASSIGN_OR_RETURN(auto locked, LockHouseholds(connection, {households.begin(), households.end()}));
    (void)locked;
    return connection.ExecScript(
        "UPDATE person p SET household_id = r.household_id, name = r.name, identity = r.identity, phone = r.phone, as_of = r.as_of, "
        "revision = r.revision, retracted = r.retracted, content_hash = r.content_hash FROM registry_person r WHERE p.person_id = r.person_id; "
        "UPDATE member m SET birth = r.birth, relation = r.relation, labour = r.labour, main_earner = r.main_earner, living = r.living "
        "FROM registry_person r WHERE m.household_id = r.household_id AND m.person_id = r.person_id AND r.household_id = r.old_household_id; "
        "INSERT INTO member (household_id, person_id, blind, birth, relation, labour, main_earner, living, state) "
        "SELECT r.household_id, r.person_id, r.blind, r.birth, r.relation, r.labour, r.main_earner, r.living, m.state FROM registry_person r "
        "JOIN member m ON m.household_id = r.old_household_id AND m.person_id = r.person_id WHERE r.household_id <> r.old_household_id; "
        "DELETE FROM member m USING registry_person r WHERE m.household_id = r.old_household_id AND m.person_id = r.person_id "
        "AND r.household_id <> r.old_household_id; "
        "UPDATE person_identity i SET household_id = r.household_id FROM registry_person r "
        "WHERE i.blind = r.blind AND r.household_id <> r.old_household_id");
}

}  // namespace

Result<RegistryOutcome> ApplyRegistry(pg::Connection& connection, std::vector<RegistryRow> rows) {
    RegistryOutcome outcome;
    if (rows.empty()) return outcome;
    std::set<std::int64_t> touched;
    SW_ASSIGN_OR_RETURN(const auto households, UpsertHouseholds(connection, rows, touched));

    std::map<std::string, const RegistryRow*> newest;  // ordered by blind: workers take locks in the same order
    for (const RegistryRow& r : rows) {
        const RegistryRow*& best = newest[r.blind];
        if (best == nullptr || Rank(*best) < Rank(r)) best = &r;
    }
    std::vector<std::string> blinds;
    for (const auto& [blind, row] : newest) blinds.push_back(blind);
    SW_ASSIGN_OR_RETURN(const auto existing, FindExisting(connection, blinds));

    std::vector<Placed> fresh, newer;
    for (const auto& [blind, row] : newest) {
        const std::int64_t household = households.at(row->household_no);
        const auto it = existing.find(blind);
        if (it == existing.end()) {
            fresh.push_back({row, 0, household, household});
        } else if (it->second.rank < Rank(*row)) {
            newer.push_back({row, it->second.person_id, household, it->second.household_id});
            outcome.persons[blind] = {it->second.person_id, household};
            touched.insert(it->second.household_id);
        } else {
            outcome.persons[blind] = {it->second.person_id, it->second.household_id};
        }
    }
    SW_RETURN_IF_ERROR(InsertPersons(connection, fresh));
    for (const Placed& p : fresh) {
        outcome.persons[p.row->blind] = {p.person_id, p.household_id};
        outcome.new_blinds.push_back(p.row->blind);
        touched.insert(p.household_id);
    }
    SW_RETURN_IF_ERROR(UpdatePersons(connection, newer));
    for (const Placed& p : newer) touched.insert(p.household_id);

    outcome.changed_households.assign(touched.begin(), touched.end());
    pg::Params params;
    params.AddArray(outcome.changed_households);
    SW_ASSIGN_OR_RETURN(pg::Rows counted, connection.Exec(
        "UPDATE household h SET version = h.version + 1, members = coalesce(c.n, 0) "
        "FROM unnest($1::bigint[]) AS t(household_id) LEFT JOIN (SELECT household_id, count(*) FILTER (WHERE living) AS n FROM member "
        "WHERE household_id = ANY($1) GROUP BY 1) c ON c.household_id = t.household_id WHERE h.household_id = t.household_id", params));
    (void)counted;
    return outcome;
}

}  // namespace shouwang::monitoring::store
