// Households, members and persons: loading with their lock, saving states and figures, and the registry itself.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/date.h"
#include "common/pg/pg.h"
#include "services/monitoring/domain/subject_state.h"
#include "services/monitoring/store/intake_store.h"

namespace shouwang::monitoring::store {

// Projections of facts that the overview counts.
struct HouseholdFigures {
    bool monitored = false;
    std::int64_t monitored_members = 0;
    std::optional<Date> monitored_since;
    bool risk_eliminated = false;
    std::int64_t measures = 0, public_posts = 0, house_renovations = 0, rewards_fen = 0;
    bool operator==(const HouseholdFigures&) const = default;
};

struct MemberRecord {
    std::int64_t household_id = 0, person_id = 0;
    Date birth;
    int relation = 0;
    int labour = 0;
    std::optional<bool> main_earner;
    bool living = true;
    std::string state;
};

struct HouseholdRecord {
    std::int64_t household_id = 0;
    std::string household_no, region_code;
    bool lifted = false, relocated = false;
    std::int64_t version = 0;
    std::int64_t member_count = 0;
    HouseholdFigures figures;
    std::vector<MemberRecord> members;  // by blind index: the same order wherever and whenever they were registered; those who left included
};

// Locks the households (in order of id) until the end of the transaction, and loads them with all members.
Result<std::vector<HouseholdRecord>> LockHouseholds(pg::Connection& connection, const std::vector<std::int64_t>& sorted_ids);
// The same without the lock, for reading.
Result<std::vector<HouseholdRecord>> ReadHouseholds(pg::Connection& connection, const std::vector<std::int64_t>& sorted_ids);

// Ids of households in a region behind `after`, in order.
Result<std::vector<std::int64_t>> HouseholdIds(pg::Connection& connection, const std::string& region_prefix, std::int64_t after, int limit);

struct StateChange {
    std::int64_t household_id, person_id;
    std::string state;
};
// The households must be locked. INTERNAL "MEMBER_LOST" where one is not a member.
Status SaveStates(pg::Connection& connection, std::vector<StateChange> changes);
struct FiguresChange {
    std::int64_t household_id;
    HouseholdFigures figures;
};
Status SaveFigures(pg::Connection& connection, std::span<const FiguresChange> changes);

Result<std::unordered_map<std::string, std::string>> VillageStates(pg::Connection& connection, const std::vector<std::string>& villages);
// Locks (or makes) the village's state row and answers it.
Result<std::string> LockVillage(pg::Connection& connection, const std::string& region_code);
Status SaveVillage(pg::Connection& connection, const std::string& region_code, std::string_view state);

// ---- the registry. One row of dataset registry_member.
struct RegistryRow {
    std::string blind;
    std::string household_no, region_code, name;
    std::string sealed_identity, sealed_phone;
    bool lifted = false, relocated = false, left = false, retract = false;
    int relation = 0, labour = 0;
    std::optional<bool> main_earner;
    Date birth, as_of;
    std::uint32_t revision = 0;
    std::int64_t content_hash = 0;
};
struct RegistryOutcome {
    std::vector<domain::Seen> seen;                       // one a row, in order: the stored rank tells most repeats
    std::unordered_map<std::string, PersonRef> persons;   // every blind of the rows, where it lives now
    std::vector<std::string> new_blinds;                  // persons that were not there before
    std::vector<std::int64_t> changed_households;         // members or attributes changed; sorted, unique
};
// Applies the newest row of each person (as_of, revision, retraction, hash): makes households and persons, moves persons with their
// state, updates attributes. Rows of one person may come in any order and any number, but no row twice. The gate must be passed.
Result<RegistryOutcome> ApplyRegistry(pg::Connection& connection, std::span<const RegistryRow> rows);

}  // namespace shouwang::monitoring::store
