// The accounts and clients a deployment begins with: read from a TOML or JSON file at each start,
// created where they are missing, never changed afterwards. The format is in
// services/gateway/README.md.
#pragma once

#include <string>
#include <vector>

#include "common/pg/pg.h"
#include "services/gateway/store/accounts.h"

namespace shouwang::gateway::auth {

struct Bootstrap {
    struct Account {
        store::AccountRow row;  // password_hash empty
        std::string password;
    };
    struct Client {
        store::ClientRow row;  // secret_hash empty
        std::string secret;
    };
    std::vector<Account> accounts;
    std::vector<Client> clients;
};

// INVALID_ARGUMENT "BOOTSTRAP_INVALID" naming the entry; values are checked like those of
// AccountService.
Result<Bootstrap> ReadBootstrap(const std::string& path);
// Answers how many were created.
Result<int> ApplyBootstrap(const Bootstrap& bootstrap, pg::Pool& pool, TimePoint now,
                           Deadline deadline);

}  // namespace shouwang::gateway::auth
