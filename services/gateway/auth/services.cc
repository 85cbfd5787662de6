#include "services/gateway/auth/services.h"

#include "common/log/log.h"
#include "services/gateway/auth/rules.h"

namespace shouwang::gateway::auth {
namespace {

// "accounts/li.ming" → "li.ming"; the request's constraint has checked the form.
std::string IdOf(const std::string& name) { return name.substr(name.find('/') + 1); }

Status NoSuch(const char* reason) {
    return MakeStatus(Code::kNotFound, reason, "there is none of this name");
}

}  // namespace

std::string AddressOf(std::string_view peer) {
    if (peer.starts_with("ipv4:") || peer.starts_with("ipv6:")) {
        peer.remove_prefix(5);
        const std::size_t port = peer.rfind(':');
        if (port != std::string_view::npos) peer = peer.substr(0, port);
        if (peer.starts_with('[') && peer.ends_with(']')) peer = peer.substr(1, peer.size() - 2);
    }
    return std::string(peer);
}

Services::Services(pg::Pool& pool, SignIn& sign_in, Sessions& sessions, const Clock& real_time,
                   std::string page_token_key)
    : pool_(pool),
      sign_in_(sign_in),
      sessions_(sessions),
      clock_(real_time),
      pages_(std::move(page_token_key)) {}

void Services::AddTo(rpc::Methods& methods) {
    const std::string auth = "shouwang.gateway.v1.AuthService.",
                      accounts = "shouwang.gateway.v1.AccountService.";
    using rpc::CallContext;
    methods.Unary<v1::SignInRequest, v1::SignInResponse>(
        auth + "SignIn",
        [this](CallContext& c, const v1::SignInRequest& q, v1::SignInResponse& a) -> Status {
            SW_ASSIGN_OR_RETURN(a, sign_in_.Operator(q, AddressOf(c.peer), c.deadline));
            return Status::Ok();
        });
    methods.Unary<v1::IssueTokenRequest, v1::SignInResponse>(
        auth + "IssueToken",
        [this](CallContext& c, const v1::IssueTokenRequest& q, v1::SignInResponse& a) -> Status {
            SW_ASSIGN_OR_RETURN(a, sign_in_.Client(q, AddressOf(c.peer), c.deadline));
            return Status::Ok();
        });
    methods.Unary<v1::SignOutRequest, v1::SignOutResponse>(
        auth + "SignOut", [this](CallContext& c, const v1::SignOutRequest&, v1::SignOutResponse&) {
            return sessions_.Revoke(c.principal.session(), c.deadline);
        });
    methods.Unary<v1::WhoAmIRequest, v1::Account>(
        auth + "WhoAmI", [this](CallContext& c, const v1::WhoAmIRequest&, v1::Account& a) {
            return WhoAmI(c.principal, a);
        });
    methods.Unary<v1::ChangePasswordRequest, v1::ChangePasswordResponse>(
        auth + "ChangePassword",
        [this](CallContext& c, const v1::ChangePasswordRequest& q, v1::ChangePasswordResponse&) {
            return sign_in_.ChangePassword(c.principal, q, AddressOf(c.peer), c.deadline);
        });
    methods.Unary<v1::CreateAccountRequest, v1::Account>(
        accounts + "CreateAccount",
        [this](CallContext& c, const auto& q, v1::Account& a) { return CreateAccount(c, q, a); });
    methods.Unary<v1::ListAccountsRequest, v1::ListAccountsResponse>(
        accounts + "ListAccounts",
        [this](CallContext& c, const auto& q, v1::ListAccountsResponse& a) {
            return ListAccounts(c, q, a);
        });
    methods.Unary<v1::DisableAccountRequest, v1::Account>(
        accounts + "DisableAccount",
        [this](CallContext& c, const auto& q, v1::Account& a) { return DisableAccount(c, q, a); });
    methods.Unary<v1::CreateClientRequest, v1::CreateClientResponse>(
        accounts + "CreateClient",
        [this](CallContext& c, const auto& q, v1::CreateClientResponse& a) {
            return CreateClient(c, q, a);
        });
    methods.Unary<v1::ListClientsRequest, v1::ListClientsResponse>(
        accounts + "ListClients",
        [this](CallContext& c, const auto& q, v1::ListClientsResponse& a) {
            return ListClients(c, q, a);
        });
    methods.Unary<v1::DisableClientRequest, v1::Client>(
        accounts + "DisableClient",
        [this](CallContext& c, const auto& q, v1::Client& a) { return DisableClient(c, q, a); });
}

Status Services::WhoAmI(const type::v1::Principal& principal, v1::Account& answer) {
    answer.set_name(principal.subject());
    answer.set_display_name(principal.display_name());
    *answer.mutable_roles() = principal.roles();
    answer.set_region_prefix(principal.region_prefix());
    return Status::Ok();
}

Status Services::CreateAccount(rpc::CallContext& context, const v1::CreateAccountRequest& request,
                               v1::Account& answer) {
    store::AccountRow row;
    row.id = request.id();
    row.display_name = request.display_name();
    row.roles.assign(request.roles().begin(), request.roles().end());
    row.region_prefix = request.region_prefix();
    SW_RETURN_IF_ERROR(CheckRoles(row.roles, row.region_prefix));
    SW_RETURN_IF_ERROR(CheckPassword(row.id, request.password(), "password"));
    SW_ASSIGN_OR_RETURN(row.password_hash, sign_in_.Hash(request.password(), context.deadline));
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(context.deadline));
    SW_RETURN_IF_ERROR(
        store::InsertAccount(*lease, row, clock_.Now(), context.principal.subject()));
    log::Info("account created", {{"account", row.id}, {"by", context.principal.subject()}});
    answer = ToMessage(row);
    return Status::Ok();
}

Status Services::ListAccounts(rpc::CallContext& context, const v1::ListAccountsRequest& request,
                              v1::ListAccountsResponse& answer) {
    SW_ASSIGN_OR_RETURN(const int size, model::PageSize(request.page_size()));
    SW_ASSIGN_OR_RETURN(const std::string after, pages_.Read(request));
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(context.deadline));
    SW_ASSIGN_OR_RETURN(const auto rows, store::ListAccounts(*lease, after, size + 1));
    for (std::size_t i = 0; i < rows.size() && static_cast<int>(i) < size; ++i)
        *answer.add_accounts() = ToMessage(rows[i]);
    if (static_cast<int>(rows.size()) > size)
        answer.set_next_page_token(
            pages_.Make(rows[static_cast<std::size_t>(size) - 1].id, request));
    return Status::Ok();
}

Status Services::DisableAccount(rpc::CallContext& context, const v1::DisableAccountRequest& request,
                                v1::Account& answer) {
    const std::string id = IdOf(request.name());
    if (request.name() == context.principal.subject()) {
        return MakeStatus(Code::kFailedPrecondition, "ACCOUNT_IS_CALLER",
                          "an account cannot disable itself");
    }
    {
        SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(context.deadline));
        SW_ASSIGN_OR_RETURN(const bool found, store::DisableAccount(*lease, id));
        if (!found) return NoSuch("ACCOUNT_NOT_FOUND");
        SW_ASSIGN_OR_RETURN(const auto row, store::FindAccount(*lease, id));
        if (row) answer = ToMessage(*row);
    }
    log::Info("account disabled", {{"account", id}, {"by", context.principal.subject()}});
    return sessions_.RevokeSubject(request.name(), "", context.deadline);
}

Status Services::CreateClient(rpc::CallContext& context, const v1::CreateClientRequest& request,
                              v1::CreateClientResponse& answer) {
    store::ClientRow row;
    row.id = request.id();
    row.display_name = request.display_name();
    row.department = request.department();
    row.datasets.assign(request.datasets().begin(), request.datasets().end());
    SW_RETURN_IF_ERROR(CheckDatasets(row.department, row.datasets));
    const std::string secret = crypto::RandomPassword(32);
    SW_ASSIGN_OR_RETURN(row.secret_hash, sign_in_.Hash(secret, context.deadline));
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(context.deadline));
    SW_RETURN_IF_ERROR(store::InsertClient(*lease, row, clock_.Now(), context.principal.subject()));
    log::Info("client created", {{"client", row.id}, {"by", context.principal.subject()}});
    *answer.mutable_client() = ToMessage(row);
    answer.set_client_secret(secret);
    return Status::Ok();
}

Status Services::ListClients(rpc::CallContext& context, const v1::ListClientsRequest& request,
                             v1::ListClientsResponse& answer) {
    SW_ASSIGN_OR_RETURN(const int size, model::PageSize(request.page_size()));
    SW_ASSIGN_OR_RETURN(const std::string after, pages_.Read(request));
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(context.deadline));
    SW_ASSIGN_OR_RETURN(const auto rows, store::ListClients(*lease, after, size + 1));
    for (std::size_t i = 0; i < rows.size() && static_cast<int>(i) < size; ++i)
        *answer.add_clients() = ToMessage(rows[i]);
    if (static_cast<int>(rows.size()) > size)
        answer.set_next_page_token(
            pages_.Make(rows[static_cast<std::size_t>(size) - 1].id, request));
    return Status::Ok();
}

Status Services::DisableClient(rpc::CallContext& context, const v1::DisableClientRequest& request,
                               v1::Client& answer) {
    const std::string id = IdOf(request.name());
    {
        SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(context.deadline));
        SW_ASSIGN_OR_RETURN(const bool found, store::DisableClient(*lease, id));
        if (!found) return NoSuch("CLIENT_NOT_FOUND");
        SW_ASSIGN_OR_RETURN(const auto row, store::FindClient(*lease, id));
        if (row) answer = ToMessage(*row);
    }
    log::Info("client disabled", {{"client", id}, {"by", context.principal.subject()}});
    return sessions_.RevokeSubject(request.name(), "", context.deadline);
}

}  // namespace shouwang::gateway::auth
