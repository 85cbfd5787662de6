// ApplyRegistry: a set function of all registry rows. Each person follows the row with the highest rank; each household's attributes
// follow the highest-ranked row that names it, even where that row lost for its person.
#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "services/monitoring/store/registry_store.h"

namespace shouwang::monitoring::store {
namespace {

using domain::Seen;

auto Rank(const RegistryRow& r) { return std::tuple(r.as_of, r.revision, r.retract, r.content_hash); }
auto AttributeRank(const RegistryRow& r) { return std::tuple(r.as_of, r.content_hash); }

struct Existing {
    std::int64_t person_id = 0, household_id = 0;
    std::tuple<Date, std::uint32_t, bool, std::int64_t> rank;
};

// One household that the rows name.
struct Target {
    const RegistryRow* attributes;  // of the highest rank
    std::int64_t household_id = 0;
    bool made = false;          // by this transaction
    bool moved_into = false;    // made, and somebody who was registered before comes to live in it
    std::int16_t living = 0;    // of the persons who are new, where made
};

// Where a person goes.
struct Placed {
    const RegistryRow* row;
    Target* target;
    std::int64_t person_id, old_household_id;
};

bool Lives(const RegistryRow& r) { return !r.left && !r.retract; }

class Registering {
public:
    Registering(pg::Connection& connection, std::span<const RegistryRow> rows) : connection_(connection), rows_(rows) {}
    Result<RegistryOutcome> Run();

private:
    void Gather();
    Status Find();
    Status Lock();
    void Judge();
    Status InsertHouseholds();
    Status UpdateHouseholds();
    Status InsertPersons();
    Status UpdatePersons();
    Status Recount();
    Status NextIds(std::size_t count, std::vector<std::int64_t>& ids);

    pg::Connection& connection_;
    std::span<const RegistryRow> rows_;
    std::unordered_map<std::string_view, Target> targets_;
    std::unordered_map<std::string_view, const RegistryRow*> newest_;
    std::unordered_map<std::string_view, Existing> existing_;
    std::vector<Target*> made_, renewed_;   // households: new, with new attributes
    std::vector<Placed> fresh_, newer_;     // persons: not registered before, with a newer row
    std::unordered_set<std::int64_t> touched_;
    RegistryOutcome outcome_;
};

void Registering::Gather() {
    targets_.reserve(rows_.size());
    newest_.reserve(rows_.size());
    for (const RegistryRow& r : rows_) {
        Target& target = targets_.try_emplace(r.household_no, Target{&r}).first->second;
        if (AttributeRank(*target.attributes) < AttributeRank(r)) target.attributes = &r;
        const RegistryRow*& best = newest_.try_emplace(r.blind, &r).first->second;
        if (Rank(*best) < Rank(r)) best = &r;
    }
}

Status Registering::Find() {
    std::vector<std::string> numbers, blinds;
    for (const auto& [number, target] : targets_) numbers.emplace_back(number);
    for (const auto& [blind, row] : newest_) blinds.emplace_back(blind);
    pg::Params params;
    params.AddArray(numbers);
    SW_ASSIGN_OR_RETURN(const pg::Rows households, connection_.Exec(
        "SELECT household_no, household_id FROM household WHERE household_no = ANY($1)", params));
    for (int i = 0; i < households.size(); ++i) targets_.at(households.Text(i, 0)).household_id = households.Int(i, 1);
    pg::Params of_persons;
    of_persons.AddBytesArray(blinds);
    SW_ASSIGN_OR_RETURN(const pg::Rows persons, connection_.Exec(
        "SELECT blind, person_id, household_id FROM person_identity WHERE blind = ANY($1)", of_persons));
    for (int i = 0; i < persons.size(); ++i) {
        const std::string_view blind = newest_.find(persons.Bytes(i, 0))->first;
        existing_.emplace(blind, Existing{persons.Int(i, 1), persons.Int(i, 2), {}});
    }
    return Status::Ok();
}

// Persons and the attributes of households change only under the lock of the households they belong to.
Status Registering::Lock() {
    std::vector<std::int64_t> households, persons;
    for (const auto& [number, target] : targets_) {
        if (target.household_id != 0) households.push_back(target.household_id);
    }
    for (const auto& [blind, e] : existing_) {
        households.push_back(e.household_id);
        persons.push_back(e.person_id);
    }
    std::sort(households.begin(), households.end());
    households.erase(std::unique(households.begin(), households.end()), households.end());
    pg::Params params;
    params.AddArray(households);
    SW_ASSIGN_OR_RETURN(const pg::Rows locked, connection_.Exec(
        "SELECT household_no, attributes_as_of, attributes_hash FROM household WHERE household_id = ANY($1) "
        "ORDER BY household_id FOR NO KEY UPDATE", params));
    for (int i = 0; i < locked.size(); ++i) {
        const auto it = targets_.find(locked.Text(i, 0));
        if (it == targets_.end()) continue;
        if (std::tuple(locked.DateOf(i, 1), locked.Int(i, 2)) < AttributeRank(*it->second.attributes)) renewed_.push_back(&it->second);
    }
    pg::Params of_persons;
    of_persons.AddArray(persons);
    SW_ASSIGN_OR_RETURN(const pg::Rows ranks, connection_.Exec(
        "SELECT person_id, household_id, as_of, revision, retracted, content_hash FROM person WHERE person_id = ANY($1)", of_persons));
    std::unordered_map<std::int64_t, int> at;
    for (int i = 0; i < ranks.size(); ++i) at.emplace(ranks.Int(i, 0), i);
    for (auto& [blind, e] : existing_) {
        const int i = at.at(e.person_id);
        if (e.household_id != ranks.Int(i, 1)) return MakeStatus(Code::kAborted, "PG_RETRY", "a person moved meanwhile");
        e.rank = {ranks.DateOf(i, 2), static_cast<std::uint32_t>(ranks.Int(i, 3)), ranks.Bool(i, 4), ranks.Int(i, 5)};
    }
    return Status::Ok();
}

void Registering::Judge() {
    outcome_.seen.reserve(rows_.size());
    for (const RegistryRow& r : rows_) {
        const auto it = existing_.find(r.blind);
        const bool beats = it == existing_.end() || it->second.rank < Rank(r);
        outcome_.seen.push_back(beats ? Seen::kNever : it->second.rank == Rank(r) ? Seen::kBefore : Seen::kAskHistory);
    }
    for (auto& [number, target] : targets_) {
        target.made = target.household_id == 0;
        if (target.made) made_.push_back(&target);
    }
    // In the order of the rows, so that neighbours of a file are neighbours in the tables.
    for (const RegistryRow& r : rows_) {
        if (newest_.at(r.blind) != &r) continue;
        Target& target = targets_.at(r.household_no);
        const auto it = existing_.find(r.blind);
        if (it == existing_.end()) {
            fresh_.push_back({&r, &target, 0, 0});
            target.living = static_cast<std::int16_t>(target.living + Lives(r));
        } else if (it->second.rank < Rank(r)) {
            newer_.push_back({&r, &target, it->second.person_id, it->second.household_id});
            target.moved_into = target.made;
        } else {
            outcome_.persons[r.blind] = {it->second.person_id, it->second.household_id};
        }
    }
    // Workers that make the same households wait for each other instead of deadlocking.
    std::sort(made_.begin(), made_.end(), [](const Target* a, const Target* b) { return a->attributes->household_no < b->attributes->household_no; });
}

Status Registering::NextIds(std::size_t count, std::vector<std::int64_t>& ids) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection_.Exec(
        "SELECT nextval('subject_id') FROM generate_series(1, $1::bigint)", pg::P(static_cast<std::int64_t>(count))));
    for (int i = 0; i < rows.size(); ++i) ids.push_back(rows.Int(i, 0));
    return Status::Ok();
}

// Somebody else made one of the rows a moment ago: look again.
Status OrRetry(Status copied) {
    if (copied.code == Code::kAlreadyExists) return MakeStatus(Code::kAborted, "PG_RETRY", "registered at the same time");
    return copied;
}

Status Registering::InsertHouseholds() {
    if (made_.empty()) return Status::Ok();
    std::vector<std::int64_t> ids;
    SW_RETURN_IF_ERROR(NextIds(made_.size(), ids));
    pg::CopyBuffer copy;
    for (std::size_t i = 0; i < made_.size(); ++i) {
        Target& target = *made_[i];
        target.household_id = ids[i];
        const RegistryRow& r = *target.attributes;
        copy.Row(9).Int64(target.household_id).Text(r.household_no).Text(r.region_code).Bool(r.lifted).Bool(r.relocated);
        copy.DateOf(r.as_of).Int64(r.content_hash).Int64(1).Int16(target.living);
        touched_.insert(target.household_id);
    }
    return OrRetry(connection_.Copy(
        "COPY household (household_id, household_no, region_code, lifted, relocated, attributes_as_of, attributes_hash, version, members) "
        "FROM STDIN (FORMAT binary)", copy));
}

Status Registering::UpdateHouseholds() {
    if (renewed_.empty()) return Status::Ok();
    std::vector<std::int64_t> ids, hashes;
    std::vector<std::string> regions;
    std::vector<std::int16_t> lifted, relocated;
    std::vector<Date> as_of;
    for (const Target* target : renewed_) {
        const RegistryRow& r = *target->attributes;
        ids.push_back(target->household_id);
        regions.push_back(r.region_code);
        lifted.push_back(r.lifted);
        relocated.push_back(r.relocated);
        as_of.push_back(r.as_of);
        hashes.push_back(r.content_hash);
        touched_.insert(target->household_id);
    }
    pg::Params params;
    params.AddArray(ids).AddArray(regions).AddArray(lifted).AddArray(relocated).AddArray(as_of).AddArray(hashes);
    return connection_.Exec(
        "UPDATE household h SET region_code = n.region_code, lifted = n.lifted <> 0, relocated = n.relocated <> 0, attributes_as_of = n.as_of, "
        "attributes_hash = n.hash FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::smallint[], $5::date[], $6::bigint[]) "
        "AS n(household_id, region_code, lifted, relocated, as_of, hash) WHERE h.household_id = n.household_id", params).status();
}

void CopyMember(pg::CopyBuffer& copy, const RegistryRow& r) {
    copy.DateOf(r.birth).Int16(static_cast<std::int16_t>(r.relation)).Int16(static_cast<std::int16_t>(r.labour));
    if (r.main_earner) {
        copy.Bool(*r.main_earner);
    } else {
        copy.Null();
    }
    copy.Bool(Lives(r));
}

Status Registering::InsertPersons() {
    if (fresh_.empty()) return Status::Ok();
    std::vector<std::int64_t> ids;
    SW_RETURN_IF_ERROR(NextIds(fresh_.size(), ids));
    pg::CopyBuffer person, identity, member;
    for (std::size_t i = 0; i < fresh_.size(); ++i) {
        Placed& p = fresh_[i];
        p.person_id = ids[i];
        const RegistryRow& r = *p.row;
        const std::int64_t household = p.target->household_id;
        person.Row(9).Int64(p.person_id).Int64(household).Text(r.name).Bytes(r.sealed_identity).Bytes(r.sealed_phone);
        person.DateOf(r.as_of).Int32(static_cast<std::int32_t>(r.revision)).Bool(r.retract).Int64(r.content_hash);
        member.Row(8).Int64(household).Int64(p.person_id).Bytes(r.blind);
        CopyMember(member, r);
        outcome_.persons[r.blind] = {p.person_id, household};
        outcome_.new_blinds.push_back(r.blind);
        touched_.insert(household);
    }
    std::vector<const Placed*> by_blind;
    for (const Placed& p : fresh_) by_blind.push_back(&p);
    std::sort(by_blind.begin(), by_blind.end(), [](const Placed* a, const Placed* b) { return a->row->blind < b->row->blind; });
    for (const Placed* p : by_blind) identity.Row(3).Bytes(p->row->blind).Int64(p->person_id).Int64(p->target->household_id);
    SW_RETURN_IF_ERROR(OrRetry(connection_.Copy("COPY person_identity (blind, person_id, household_id) FROM STDIN (FORMAT binary)", identity)));
    SW_RETURN_IF_ERROR(connection_.Copy(
        "COPY person (person_id, household_id, name, identity, phone, as_of, revision, retracted, content_hash) FROM STDIN (FORMAT binary)", person));
    return connection_.Copy(
        "COPY member (household_id, person_id, blind, birth, relation, labour, main_earner, living) FROM STDIN (FORMAT binary)", member);
}

Status Registering::UpdatePersons() {
    if (newer_.empty()) return Status::Ok();
    SW_RETURN_IF_ERROR(connection_.ExecScript(
        "CREATE TEMP TABLE IF NOT EXISTS registry_person (blind bytea, person_id bigint, household_id bigint, old_household_id bigint, name text, "
        "identity bytea, phone bytea, as_of date, revision int, retracted boolean, content_hash bigint, birth date, relation smallint, "
        "labour smallint, main_earner boolean, living boolean) ON COMMIT DELETE ROWS; DELETE FROM registry_person"));
    pg::CopyBuffer copy;
    for (const Placed& p : newer_) {
        const RegistryRow& r = *p.row;
        const std::int64_t household = p.target->household_id;
        copy.Row(16).Bytes(r.blind).Int64(p.person_id).Int64(household).Int64(p.old_household_id).Text(r.name).Bytes(r.sealed_identity);
        copy.Bytes(r.sealed_phone).DateOf(r.as_of).Int32(static_cast<std::int32_t>(r.revision)).Bool(r.retract).Int64(r.content_hash);
        CopyMember(copy, r);
        outcome_.persons[r.blind] = {p.person_id, household};
        touched_.insert(household);
        touched_.insert(p.old_household_id);
    }
    SW_RETURN_IF_ERROR(connection_.Copy("COPY registry_person FROM STDIN (FORMAT binary)", copy));
    return connection_.ExecScript(
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

// Versions and numbers of living members. Where a household and all in it are new, they are written already.
Status Registering::Recount() {
    outcome_.changed_households.assign(touched_.begin(), touched_.end());
    std::sort(outcome_.changed_households.begin(), outcome_.changed_households.end());
    for (const Target* target : made_) {
        if (!target->moved_into) touched_.erase(target->household_id);
    }
    if (touched_.empty()) return Status::Ok();
    const std::vector<std::int64_t> ids(touched_.begin(), touched_.end());
    pg::Params params;
    params.AddArray(ids);
    return connection_.Exec(
        "UPDATE household h SET version = h.version + 1, members = (SELECT count(*) FROM member m WHERE m.household_id = h.household_id AND m.living) "
        "WHERE household_id = ANY($1)", params).status();
}

Result<RegistryOutcome> Registering::Run() {
    Gather();
    SW_RETURN_IF_ERROR(Find());
    SW_RETURN_IF_ERROR(Lock());
    Judge();
    SW_RETURN_IF_ERROR(InsertHouseholds());
    SW_RETURN_IF_ERROR(UpdateHouseholds());
    SW_RETURN_IF_ERROR(InsertPersons());
    SW_RETURN_IF_ERROR(UpdatePersons());
    SW_RETURN_IF_ERROR(Recount());
    return std::move(outcome_);
}

}  // namespace

Result<RegistryOutcome> ApplyRegistry(pg::Connection& connection, std::span<const RegistryRow> rows) {
    if (rows.empty()) return RegistryOutcome{};
    return Registering(connection, rows).Run();
}

}  // namespace shouwang::monitoring::store
