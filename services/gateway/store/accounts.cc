#include "services/gateway/store/accounts.h"

#include <cstdlib>

namespace shouwang::gateway::store {
namespace {

constexpr std::string_view kAccountColumns =
    "SELECT id, display_name, password_hash, array_to_string(roles, ','), region_prefix, disabled "
    "FROM account ";
constexpr std::string_view kClientColumns =
    "SELECT id, display_name, secret_hash, department, array_to_string(datasets, ','), disabled "
    "FROM client ";

std::vector<std::string> SplitList(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const std::size_t end = text.find(',');
        items.emplace_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return items;
}

AccountRow AccountAt(const pg::Rows& rows, int row) {
    AccountRow account;
    account.id = rows.Text(row, 0);
    account.display_name = rows.Text(row, 1);
    account.password_hash = rows.Text(row, 2);
    for (const std::string& role : SplitList(rows.Text(row, 3)))
        account.roles.push_back(std::atoi(role.c_str()));
    account.region_prefix = rows.Text(row, 4);
    account.disabled = rows.Bool(row, 5);
    return account;
}

ClientRow ClientAt(const pg::Rows& rows, int row) {
    ClientRow client;
    client.id = rows.Text(row, 0);
    client.display_name = rows.Text(row, 1);
    client.secret_hash = rows.Text(row, 2);
    client.department = rows.Text(row, 3);
    client.datasets = SplitList(rows.Text(row, 4));
    client.disabled = rows.Bool(row, 5);
    return client;
}

Status Inserted(const Result<pg::Rows>& result, std::string_view reason) {
    if (!result.ok() && result.status().code == Code::kAlreadyExists) {
        return MakeStatus(Code::kAlreadyExists, std::string(reason), "this id is taken");
    }
    return result.status();
}

}  // namespace

Status InsertAccount(pg::Connection& connection, const AccountRow& row, TimePoint now,
                     std::string_view by) {
    pg::Params params;
    params.Add(row.id)
        .Add(row.display_name)
        .Add(row.password_hash)
        .AddArray(std::span<const std::int32_t>(row.roles));
    params.Add(row.region_prefix).Add(now).Add(by);
    return Inserted(connection.Exec("INSERT INTO account (id, display_name, password_hash, roles, "
                                    "region_prefix, created_at, created_by, "
                                    "password_changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $6)",
                                    params),
                    "ACCOUNT_EXISTS");
}

Status InsertClient(pg::Connection& connection, const ClientRow& row, TimePoint now,
                    std::string_view by) {
    pg::Params params;
    params.Add(row.id).Add(row.display_name).Add(row.secret_hash).Add(row.department);
    params.AddArray(std::span<const std::string>(row.datasets)).Add(now).Add(by);
    return Inserted(connection.Exec("INSERT INTO client (id, display_name, secret_hash, "
                                    "department, datasets, created_at, created_by) "
                                    "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                                    params),
                    "CLIENT_EXISTS");
}

Result<std::optional<AccountRow>> FindAccount(pg::Connection& connection, std::string_view id) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                        connection.Exec(std::string(kAccountColumns) + "WHERE id = $1", pg::P(id)));
    return rows.size() == 0 ? std::optional<AccountRow>() : AccountAt(rows, 0);
}

Result<std::optional<ClientRow>> FindClient(pg::Connection& connection, std::string_view id) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                        connection.Exec(std::string(kClientColumns) + "WHERE id = $1", pg::P(id)));
    return rows.size() == 0 ? std::optional<ClientRow>() : ClientAt(rows, 0);
}

Result<std::vector<AccountRow>> ListAccounts(pg::Connection& connection, std::string_view after,
                                             int limit) {
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec(std::string(kAccountColumns) + "WHERE id > $1 ORDER BY id LIMIT $2",
                        pg::P(after, std::int64_t{limit})));
    std::vector<AccountRow> accounts;
    for (int i = 0; i < rows.size(); ++i) accounts.push_back(AccountAt(rows, i));
    return accounts;
}

Result<std::vector<ClientRow>> ListClients(pg::Connection& connection, std::string_view after,
                                           int limit) {
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec(std::string(kClientColumns) + "WHERE id > $1 ORDER BY id LIMIT $2",
                        pg::P(after, std::int64_t{limit})));
    std::vector<ClientRow> clients;
    for (int i = 0; i < rows.size(); ++i) clients.push_back(ClientAt(rows, i));
    return clients;
}

Result<bool> DisableAccount(pg::Connection& connection, std::string_view id) {
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec("UPDATE account SET disabled = true WHERE id = $1", pg::P(id)));
    return rows.affected() > 0;
}

Result<bool> DisableClient(pg::Connection& connection, std::string_view id) {
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection.Exec("UPDATE client SET disabled = true WHERE id = $1", pg::P(id)));
    return rows.affected() > 0;
}

Status SetPassword(pg::Connection& connection, std::string_view id, std::string_view password_hash,
                   TimePoint now) {
    return connection
        .Exec("UPDATE account SET password_hash = $2, password_changed_at = $3 WHERE id = $1",
              pg::P(id, password_hash, now))
        .status();
}

}  // namespace shouwang::gateway::store
