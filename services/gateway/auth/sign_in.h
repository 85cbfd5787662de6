// Proving who one is: passwords of people, secrets of systems. Throttled per account and per
// address; hashing is bounded, so that a flood of sign-ins takes neither the processor nor the
// threads from the rest. Thread-safe; blocking.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

#include "common/pg/pg.h"
#include "services/gateway/auth/sessions.h"
#include "services/gateway/store/accounts.h"
#include "services/gateway/store/sessions.h"
#include "shouwang/gateway/v1/gateway.pb.h"

namespace shouwang::gateway::auth {

struct SignInOptions {
    std::chrono::seconds operator_session{8 * 3600};
    std::chrono::seconds client_session{3600};
    store::FailureLimits per_account;
    store::FailureLimits per_address{.free = 20};  // many people sign in from behind one address
    int parallel_hashes = 2;
    int waiting_hashes = 1024;
};

class SignIn {
public:
    SignIn(pg::Pool& pool, Sessions& sessions, const Clock& real_time, SignInOptions options);

    // UNAUTHENTICATED "CREDENTIALS_WRONG" (unknown, disabled and wrong look alike),
    // RESOURCE_EXHAUSTED "SIGN_IN_THROTTLED" with RetryInfo, RESOURCE_EXHAUSTED "SIGN_IN_BUSY".
    Result<v1::SignInResponse> Operator(const v1::SignInRequest& request, std::string_view address,
                                        Deadline deadline);
    Result<v1::SignInResponse> Client(const v1::IssueTokenRequest& request,
                                      std::string_view address, Deadline deadline);
    // FAILED_PRECONDITION "NOT_AN_ACCOUNT" for clients, INVALID_ARGUMENT "PASSWORD_RULES", and as
    // above. Ends the other sessions.
    Status ChangePassword(const type::v1::Principal& principal,
                          const v1::ChangePasswordRequest& request, std::string_view address,
                          Deadline deadline);

    // argon2id behind the bound on parallel work.
    Result<std::string> Hash(std::string_view password, Deadline deadline);

private:
    Result<bool> Verify(const std::string& hash, std::string_view password, Deadline deadline);
    Status Enter(Deadline deadline);
    void Leave();
    Status CheckThrottle(const std::string& who, const std::string& address, Deadline deadline);
    Status Failed(const std::string& who, const std::string& address, Deadline deadline);
    Status Succeeded(const std::string& who, Deadline deadline);

    pg::Pool& pool_;
    Sessions& sessions_;
    const Clock& clock_;
    const SignInOptions options_;
    const std::string nobody_;  // hash that is verified where there is no account: unknown ones
                                // take as long as known ones

    std::mutex mutex_;
    std::condition_variable free_;
    int hashing_ = 0, waiting_ = 0;
};

v1::Account ToMessage(const store::AccountRow& row);
v1::Client ToMessage(const store::ClientRow& row);

}  // namespace shouwang::gateway::auth
