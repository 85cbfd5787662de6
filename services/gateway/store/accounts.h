// Accounts of people and client credentials of systems: SQL only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/pg/pg.h"

namespace shouwang::gateway::store {

struct AccountRow {
    std::string id, display_name, password_hash;
    std::vector<std::int32_t> roles;
    std::string region_prefix;
    bool disabled = false;
};

struct ClientRow {
    std::string id, display_name, secret_hash, department;
    std::vector<std::string> datasets;
    bool disabled = false;
};

// ALREADY_EXISTS "ACCOUNT_EXISTS" / "CLIENT_EXISTS".
Status InsertAccount(pg::Connection& connection, const AccountRow& row, TimePoint now,
                     std::string_view by);
Status InsertClient(pg::Connection& connection, const ClientRow& row, TimePoint now,
                    std::string_view by);
Result<std::optional<AccountRow>> FindAccount(pg::Connection& connection, std::string_view id);
Result<std::optional<ClientRow>> FindClient(pg::Connection& connection, std::string_view id);
// In order of id, those behind `after`.
Result<std::vector<AccountRow>> ListAccounts(pg::Connection& connection, std::string_view after,
                                             int limit);
Result<std::vector<ClientRow>> ListClients(pg::Connection& connection, std::string_view after,
                                           int limit);
// false where there is none.
Result<bool> DisableAccount(pg::Connection& connection, std::string_view id);
Result<bool> DisableClient(pg::Connection& connection, std::string_view id);
Status SetPassword(pg::Connection& connection, std::string_view id, std::string_view password_hash,
                   TimePoint now);

}  // namespace shouwang::gateway::store
