#include "services/gateway/auth/sign_in.h"

#include <algorithm>

#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "services/gateway/auth/rules.h"

namespace shouwang::gateway::auth {
namespace {

Status Wrong() {
    return MakeStatus(Code::kUnauthenticated, "CREDENTIALS_WRONG", "name or secret is wrong");
}

Status Busy() {
    Status busy = MakeStatus(Code::kResourceExhausted, "SIGN_IN_BUSY",
                             "too many sign-ins at the same moment");
    busy.retry_after_ms = 1000;
    return busy;
}

void Count(const char* kind, const char* outcome) {
    metrics::MakeCounter("shouwang_gateway_sign_ins_total", "sign-ins by outcome",
                         {{"kind", kind}, {"outcome", outcome}})
        .Add();
}

}  // namespace

v1::Account ToMessage(const store::AccountRow& row) {
    v1::Account account;
    account.set_name("accounts/" + row.id);
    account.set_display_name(row.display_name);
    for (const std::int32_t role : row.roles)
        account.add_roles(static_cast<options::v1::Role>(role));
    account.set_region_prefix(row.region_prefix);
    account.set_disabled(row.disabled);
    return account;
}

v1::Client ToMessage(const store::ClientRow& row) {
    v1::Client client;
    client.set_name("clients/" + row.id);
    client.set_display_name(row.display_name);
    client.set_department(row.department);
    for (const std::string& dataset :
         row.datasets.empty() ? DatasetsOf(row.department) : row.datasets)
        client.add_datasets(dataset);
    client.set_disabled(row.disabled);
    return client;
}

SignIn::SignIn(pg::Pool& pool, Sessions& sessions, const Clock& real_time, SignInOptions options)
    : pool_(pool),
      sessions_(sessions),
      clock_(real_time),
      options_(options),
      nobody_(crypto::HashPassword(crypto::RandomPassword())) {}

Status SignIn::Enter(Deadline deadline) {
    std::unique_lock lock(mutex_);
    if (waiting_ >= options_.waiting_hashes) return Busy();
    ++waiting_;
    const bool entered =
        free_.wait_until(lock, deadline, [&] { return hashing_ < options_.parallel_hashes; });
    --waiting_;
    if (!entered) return Busy();
    ++hashing_;
    return Status::Ok();
}

void SignIn::Leave() {
    std::lock_guard lock(mutex_);
    --hashing_;
    free_.notify_one();
}

Result<std::string> SignIn::Hash(std::string_view password, Deadline deadline) {
    SW_RETURN_IF_ERROR(Enter(deadline));
    std::string hash = crypto::HashPassword(password);
    Leave();
    return hash;
}

Result<bool> SignIn::Verify(const std::string& hash, std::string_view password, Deadline deadline) {
    SW_RETURN_IF_ERROR(Enter(deadline));
    const bool right = crypto::VerifyPassword(hash, password);
    Leave();
    return right;
}

Status SignIn::CheckThrottle(const std::string& who, const std::string& address,
                             Deadline deadline) {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(const int wait, store::BlockedFor(*lease, {who, address}, clock_.Now()));
    if (wait == 0) return Status::Ok();
    Status throttled = MakeStatus(Code::kResourceExhausted, "SIGN_IN_THROTTLED",
                                  "too many failed sign-ins; try again later");
    throttled.retry_after_ms = wait;
    return throttled;
}

Status SignIn::Failed(const std::string& who, const std::string& address, Deadline deadline) {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_RETURN_IF_ERROR(store::AddFailure(*lease, who, options_.per_account, clock_.Now()));
    SW_RETURN_IF_ERROR(store::AddFailure(*lease, address, options_.per_address, clock_.Now()));
    return Wrong();
}

Status SignIn::Succeeded(const std::string& who, Deadline deadline) {
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    return store::ClearFailures(*lease, who);
}

Result<v1::SignInResponse> SignIn::Operator(const v1::SignInRequest& request,
                                            std::string_view address, Deadline deadline) {
    const std::string who = "account:" + request.account(),
                      from = "address:" + std::string(address);
    SW_RETURN_IF_ERROR(CheckThrottle(who, from, deadline));
    std::optional<store::AccountRow> account;
    {
        SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
        SW_ASSIGN_OR_RETURN(account, store::FindAccount(*lease, request.account()));
    }
    SW_ASSIGN_OR_RETURN(const bool right, Verify(account ? account->password_hash : nobody_,
                                                 request.password(), deadline));
    if (!account || !right || account->disabled) {
        Count("operator", "failed");
        return Failed(who, from, deadline);
    }
    SW_RETURN_IF_ERROR(Succeeded(who, deadline));
    type::v1::Principal principal;
    principal.set_subject("accounts/" + account->id);
    for (const std::int32_t role : account->roles)
        principal.add_roles(static_cast<options::v1::Role>(role));
    principal.set_region_prefix(account->region_prefix);
    principal.set_display_name(account->display_name);
    v1::SignInResponse response;
    SW_ASSIGN_OR_RETURN(
        *response.mutable_token(),
        sessions_.Create(std::move(principal), options_.operator_session, deadline));
    response.set_expires_in(options_.operator_session.count());
    *response.mutable_account() = ToMessage(*account);
    Count("operator", "ok");
    return response;
}

Result<v1::SignInResponse> SignIn::Client(const v1::IssueTokenRequest& request,
                                          std::string_view address, Deadline deadline) {
    const std::string who = "client:" + request.client_id(),
                      from = "address:" + std::string(address);
    SW_RETURN_IF_ERROR(CheckThrottle(who, from, deadline));
    std::optional<store::ClientRow> client;
    {
        SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
        SW_ASSIGN_OR_RETURN(client, store::FindClient(*lease, request.client_id()));
    }
    SW_ASSIGN_OR_RETURN(const bool right, Verify(client ? client->secret_hash : nobody_,
                                                 request.client_secret(), deadline));
    if (!client || !right || client->disabled) {
        Count("client", "failed");
        return Failed(who, from, deadline);
    }
    SW_RETURN_IF_ERROR(Succeeded(who, deadline));
    type::v1::Principal principal;
    principal.set_subject("clients/" + client->id);
    principal.set_display_name(client->display_name);
    principal.set_department(client->department);
    principal.add_roles(client->department.empty() ? options::v1::ROLE_SERVICE
                                                   : options::v1::ROLE_DEPARTMENT);
    *principal.mutable_datasets() = ToMessage(*client).datasets();
    v1::SignInResponse response;
    SW_ASSIGN_OR_RETURN(*response.mutable_token(),
                        sessions_.Create(std::move(principal), options_.client_session, deadline));
    response.set_expires_in(options_.client_session.count());
    Count("client", "ok");
    return response;
}

Status SignIn::ChangePassword(const type::v1::Principal& principal,
                              const v1::ChangePasswordRequest& request, std::string_view address,
                              Deadline deadline) {
    constexpr std::string_view kAccounts = "accounts/";
    if (!principal.subject().starts_with(kAccounts)) {
        return MakeStatus(Code::kFailedPrecondition, "NOT_AN_ACCOUNT",
                          "only people have passwords");
    }
    const std::string id = principal.subject().substr(kAccounts.size());
    const std::string who = "account:" + id, from = "address:" + std::string(address);
    SW_RETURN_IF_ERROR(CheckThrottle(who, from, deadline));
    SW_RETURN_IF_ERROR(CheckPassword(id, request.new_password(), "new_password"));
    std::optional<store::AccountRow> account;
    {
        SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
        SW_ASSIGN_OR_RETURN(account, store::FindAccount(*lease, id));
    }
    if (!account) return Wrong();
    SW_ASSIGN_OR_RETURN(const bool right,
                        Verify(account->password_hash, request.old_password(), deadline));
    if (!right) return Failed(who, from, deadline);
    if (request.new_password() == request.old_password())
        return InvalidField("new_password", "another one than before", "PASSWORD_RULES");
    SW_ASSIGN_OR_RETURN(const std::string hash, Hash(request.new_password(), deadline));
    {
        SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
        SW_RETURN_IF_ERROR(store::SetPassword(*lease, id, hash, clock_.Now()));
    }
    return sessions_.RevokeSubject(principal.subject(), principal.session(), deadline);
}

}  // namespace shouwang::gateway::auth
