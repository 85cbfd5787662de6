// AuthService and AccountService (proto/shouwang/gateway/v1/gateway.proto): one line a method, the
// work is done in sign_in, sessions and store.
#pragma once

#include "common/model/page.h"
#include "common/rpc/methods.h"
#include "services/gateway/auth/sign_in.h"

namespace shouwang::gateway::auth {

class Services {
public:
    Services(pg::Pool& pool, SignIn& sign_in, Sessions& sessions, const Clock& real_time,
             std::string page_token_key);
    void AddTo(rpc::Methods& methods);

private:
    Status WhoAmI(const type::v1::Principal& principal, v1::Account& answer);
    Status CreateAccount(rpc::CallContext& context, const v1::CreateAccountRequest& request,
                         v1::Account& answer);
    Status ListAccounts(rpc::CallContext& context, const v1::ListAccountsRequest& request,
                        v1::ListAccountsResponse& answer);
    Status DisableAccount(rpc::CallContext& context, const v1::DisableAccountRequest& request,
                          v1::Account& answer);
    Status CreateClient(rpc::CallContext& context, const v1::CreateClientRequest& request,
                        v1::CreateClientResponse& answer);
    Status ListClients(rpc::CallContext& context, const v1::ListClientsRequest& request,
                       v1::ListClientsResponse& answer);
    Status DisableClient(rpc::CallContext& context, const v1::DisableClientRequest& request,
                         v1::Client& answer);

    pg::Pool& pool_;
    SignIn& sign_in_;
    Sessions& sessions_;
    const Clock& clock_;
    const model::PageTokens pages_;
};

// "ipv4:10.1.2.3:4000", "ipv6:[::1]:4000" or "10.1.2.3" → the address alone.
std::string AddressOf(std::string_view peer);

}  // namespace shouwang::gateway::auth
