#include "services/gateway/auth/bootstrap.h"

#include <fstream>
#include <sstream>

#include <re2/re2.h>

#include <toml++/toml.h>
#include <nlohmann/json.hpp>

#include "common/crypto/crypto.h"
#include "services/gateway/auth/rules.h"

namespace shouwang::gateway::auth {
namespace {

using Json = nlohmann::json;

Status Invalid(const std::string& where, const std::string& what) {
    return MakeStatus(Code::kInvalidArgument, "BOOTSTRAP_INVALID",
                      "bootstrap file, " + where + ": " + what);
}

Result<Json> ReadFile(const std::string& path) {
    std::ifstream in(path);
    if (!in) return Invalid(path, "cannot be read");
    std::stringstream text;
    text << in.rdbuf();
    if (path.ends_with(".json")) {
        Json json = Json::parse(text.str(), nullptr, false);
        if (json.is_discarded()) return Invalid(path, "not JSON");
        return json;
    }
    try {
        std::stringstream json;
        json << toml::json_formatter(toml::parse(text.str()));
        return Json::parse(json.str());
    } catch (const std::exception& e) {
        return Invalid(path, e.what());
    }
}

std::string Text(const Json& entry, const char* name) {
    auto found = entry.find(name);
    return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> Texts(const Json& entry, const char* name) {
    std::vector<std::string> texts;
    auto found = entry.find(name);
    if (found == entry.end() || !found->is_array()) return texts;
    for (const Json& item : *found)
        texts.push_back(item.is_string() ? item.get<std::string>() : std::string());
    return texts;
}

Status CheckKeys(const Json& entry, const std::string& where,
                 std::initializer_list<std::string_view> known) {
    if (!entry.is_object()) return Invalid(where, "must be a table");
    for (const auto& [key, value] : entry.items()) {
        if (std::find(known.begin(), known.end(), key) == known.end())
            return Invalid(where, "unknown key " + key);
    }
    static const re2::RE2 kId("[a-z][a-z0-9_.-]{1,40}");
    if (!re2::RE2::FullMatch(Text(entry, "id"), kId))
        return Invalid(where, "id: lower-case letters, digits, . _ -");
    if (Text(entry, "display_name").empty()) return Invalid(where, "display_name is missing");
    return Status::Ok();
}

Result<Bootstrap::Account> ReadAccount(const Json& entry, const std::string& where) {
    SW_RETURN_IF_ERROR(
        CheckKeys(entry, where, {"id", "display_name", "roles", "region_prefix", "password"}));
    Bootstrap::Account account;
    account.row.id = Text(entry, "id");
    account.row.display_name = Text(entry, "display_name");
    account.row.region_prefix = Text(entry, "region_prefix");
    account.password = Text(entry, "password");
    for (const std::string& name : Texts(entry, "roles")) {
        options::v1::Role role;
        const std::string full = name.starts_with("ROLE_") ? name : "ROLE_" + name;
        if (!options::v1::Role_Parse(full, &role)) return Invalid(where, "unknown role " + name);
        account.row.roles.push_back(role);
    }
    if (Status roles = CheckRoles(account.row.roles, account.row.region_prefix); !roles.ok())
        return Invalid(where, roles.message);
    if (Status rules = CheckPassword(account.row.id, account.password, "password"); !rules.ok())
        return Invalid(where, rules.message);
    return account;
}

Result<Bootstrap::Client> ReadClient(const Json& entry, const std::string& where) {
    SW_RETURN_IF_ERROR(
        CheckKeys(entry, where, {"id", "display_name", "department", "datasets", "secret"}));
    Bootstrap::Client client;
    client.row.id = Text(entry, "id");
    client.row.display_name = Text(entry, "display_name");
    client.row.department = Text(entry, "department");
    client.row.datasets = Texts(entry, "datasets");
    client.secret = Text(entry, "secret");
    if (Status datasets = CheckDatasets(client.row.department, client.row.datasets); !datasets.ok())
        return Invalid(where, datasets.message);
    if (Status rules = CheckPassword("", client.secret, "secret"); !rules.ok())
        return Invalid(where, rules.message);
    return client;
}

}  // namespace

Result<Bootstrap> ReadBootstrap(const std::string& path) {
    SW_ASSIGN_OR_RETURN(const Json file, ReadFile(path));
    if (!file.is_object()) return Invalid(path, "must hold accounts and clients");
    for (const auto& [key, value] : file.items()) {
        if ((key != "accounts" && key != "clients") || !value.is_array())
            return Invalid(path, "unknown key " + key);
    }
    Bootstrap bootstrap;
    for (const Json& entry : file.value("accounts", Json::array())) {
        SW_ASSIGN_OR_RETURN(
            Bootstrap::Account account,
            ReadAccount(entry, "account " + std::to_string(bootstrap.accounts.size() + 1)));
        bootstrap.accounts.push_back(std::move(account));
    }
    for (const Json& entry : file.value("clients", Json::array())) {
        SW_ASSIGN_OR_RETURN(
            Bootstrap::Client client,
            ReadClient(entry, "client " + std::to_string(bootstrap.clients.size() + 1)));
        bootstrap.clients.push_back(std::move(client));
    }
    return bootstrap;
}

Result<int> ApplyBootstrap(const Bootstrap& bootstrap, pg::Pool& pool, TimePoint now,
                           Deadline deadline) {
    SW_ASSIGN_OR_RETURN(auto lease, pool.Acquire(deadline));
    int created = 0;
    // Two replicas may start at the same moment: who comes second finds the id taken, which is as
    // good.
    const auto taken = [&](const Status& status) {
        if (status.ok()) ++created;
        return status.ok() || status.code == Code::kAlreadyExists;
    };
    for (const Bootstrap::Account& account : bootstrap.accounts) {
        SW_ASSIGN_OR_RETURN(const auto known, store::FindAccount(*lease, account.row.id));
        if (known) continue;
        store::AccountRow row = account.row;
        row.password_hash = crypto::HashPassword(account.password);
        if (Status inserted = store::InsertAccount(*lease, row, now, "bootstrap"); !taken(inserted))
            return inserted;
    }
    for (const Bootstrap::Client& client : bootstrap.clients) {
        SW_ASSIGN_OR_RETURN(const auto known, store::FindClient(*lease, client.row.id));
        if (known) continue;
        store::ClientRow row = client.row;
        row.secret_hash = crypto::HashPassword(client.secret);
        if (Status inserted = store::InsertClient(*lease, row, now, "bootstrap"); !taken(inserted))
            return inserted;
    }
    return created;
}

}  // namespace shouwang::gateway::auth
