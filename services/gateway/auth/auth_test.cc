// Sessions, sign-in, throttling and bootstrap on a real PostgreSQL and Redis.
#include <fstream>

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/rpc/principal.h"
#include "common/testing/servers.h"
#include "services/gateway/auth/bootstrap.h"
#include "services/gateway/auth/gate.h"
#include "services/gateway/auth/services.h"
#include "services/gateway/store/migrations.h"

namespace shouwang::gateway::auth {
namespace {

using namespace std::chrono_literals;
using shouwang::testing::TestDatabase;

constexpr const char* kSecret = "correct horse battery";

Deadline Soon() { return DeadlineIn(20s); }

class Auth : public ::testing::Test {
protected:
    Auth()
        : database_("gateway_auth", [](const std::string& conninfo) {
              ASSERT_TRUE(pg::Migrate(conninfo, store::Migrations()).ok());
          }) {
        options_.per_account = {
            .free = 3, .first_seconds = 10, .longest_seconds = 60, .forget_seconds = 600};
        options_.per_address = {
            .free = 6, .first_seconds = 10, .longest_seconds = 60, .forget_seconds = 600};
        Remake();
    }
    // Another process over the same database and cache.
    void Remake() {
        principals_ = std::make_unique<Principals>(**signer_, clock_);
        sessions_ = std::make_unique<Sessions>(pool_, *cache_, clock_, *principals_, "mac key");
        sign_in_ = std::make_unique<SignIn>(pool_, *sessions_, clock_, options_);
    }
    void Account(const std::string& id, std::vector<std::int32_t> roles = {1},
                 const std::string& region = "36") {
        store::AccountRow row{id,     "李明", crypto::HashPassword(kSecret), std::move(roles),
                              region, false};
        auto lease = pool_.Acquire(Soon());
        ASSERT_TRUE(store::InsertAccount(**lease, row, clock_.Now(), "test").ok());
    }
    Result<v1::SignInResponse> Try(const std::string& account, const std::string& password,
                                   const std::string& address = "10.0.0.1") {
        v1::SignInRequest request;
        request.set_account(account);
        request.set_password(password);
        return sign_in_->Operator(request, address, Soon());
    }
    type::v1::Principal Somebody(const std::string& subject = "accounts/li") {
        type::v1::Principal principal;
        principal.set_subject(subject);
        principal.add_roles(options::v1::ROLE_PROVINCE_OPERATOR);
        return principal;
    }

    TestDatabase database_;
    ManualClock clock_{*ParseRfc3339("2026-03-01T08:00:00Z")};
    Result<std::unique_ptr<crypto::Signer>> signer_ = crypto::Signer::Generate();
    pg::Pool pool_{{.conninfo = database_.conninfo(), .size = 4}};
    std::unique_ptr<cache::Cache> cache_ =
        cache::Cache::Connect(shouwang::testing::TestRedis(), "auth_test:" + Uuid4() + ":");
    SignInOptions options_;
    std::unique_ptr<Principals> principals_;
    std::unique_ptr<Sessions> sessions_;
    std::unique_ptr<SignIn> sign_in_;
};

TEST_F(Auth, ASessionIsFoundUntilItExpires) {
    const Result<std::string> token = sessions_->Create(Somebody(), 60min, Soon());
    ASSERT_TRUE(token.ok()) << token.status().message;
    EXPECT_GE(token->size(), 43u);
    const auto found = sessions_->Find(*token, Soon());
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->subject(), "accounts/li");
    EXPECT_FALSE(found->session().empty());
    EXPECT_EQ(sessions_->Find("", Soon()).status().reason, "SESSION_MISSING");
    EXPECT_EQ(sessions_->Find(*token + "x", Soon()).status().reason, "SESSION_ENDED");
    EXPECT_EQ(sessions_->Find(std::string(10'000, 'x'), Soon()).status().reason, "SESSION_ENDED");
    clock_.Advance(59min);
    EXPECT_TRUE(sessions_->Find(*token, Soon()).ok());
    clock_.Advance(1min);
    EXPECT_EQ(sessions_->Find(*token, Soon()).status().reason, "SESSION_ENDED");
}

TEST_F(Auth, TheTokenItselfIsStoredNowhere) {
    const Result<std::string> token = sessions_->Create(Somebody(), 60min, Soon());
    auto lease = pool_.Acquire(Soon());
    const auto rows = (*lease)->Exec(
        "SELECT count(*) FROM session s WHERE s::text LIKE '%' || $1 || '%'", pg::P(*token));
    EXPECT_EQ(rows->Int(0, 0), 0);
}

TEST_F(Auth, ARevokedSessionEndsHereAtOnceAndElsewhereWithinFiveSeconds) {
    const Result<std::string> token = sessions_->Create(Somebody(), 60min, Soon());
    const auto principal = sessions_->Find(*token, Soon());
    Principals other_principals(**signer_, clock_);
    Sessions other(pool_, *cache_, clock_, other_principals, "mac key");
    ASSERT_TRUE(other.Find(*token, Soon()).ok());
    EXPECT_TRUE(*sessions_->Alive(principal->session(), Soon()));
    ASSERT_TRUE(sessions_->Revoke(principal->session(), Soon()).ok());
    EXPECT_EQ(sessions_->Find(*token, Soon()).status().reason, "SESSION_ENDED");
    EXPECT_FALSE(*sessions_->Alive(principal->session(), Soon()));
    EXPECT_TRUE(other.Find(*token, Soon()).ok()) << "remembered";
    clock_.Advance(5s);
    EXPECT_EQ(other.Find(*token, Soon()).status().reason, "SESSION_ENDED");
}

TEST_F(Auth, BothCachesTogetherRememberNoLongerThanFiveSeconds) {
    const Result<std::string> token = sessions_->Create(Somebody(), 60min, Soon());
    ASSERT_TRUE(sessions_->Find(*token, Soon()).ok());
    auto lease = pool_.Acquire(Soon());
    ASSERT_TRUE((*lease)->Exec("UPDATE session SET revoked_at = now()").ok());
    clock_.Advance(4s);
    Remake();  // this process knows it only from Redis, as of four seconds ago
    EXPECT_TRUE(sessions_->Find(*token, Soon()).ok());
    clock_.Advance(1s);
    EXPECT_FALSE(sessions_->Find(*token, Soon()).ok());
}

TEST_F(Auth, WhatSomebodyWritesIntoRedisIsNoSession) {
    const std::string token = "forged", hash = crypto::Sha256(token);
    const std::int64_t now =
        std::chrono::duration_cast<std::chrono::microseconds>(clock_.Now().time_since_epoch())
            .count();
    const std::string value = std::to_string(now) + ' ' + std::to_string(now + 3600'000'000) + ' ' +
                              Somebody("accounts/mallory").SerializeAsString();
    cache_->Set("session:" + HexEncode(hash), std::string(32, '\0') + value, 5s);
    cache_->Set("session:" + HexEncode(crypto::Sha256("plain")), value, 5s);
    EXPECT_EQ(sessions_->Find(token, Soon()).status().reason, "SESSION_ENDED");
    EXPECT_EQ(sessions_->Find("plain", Soon()).status().reason, "SESSION_ENDED");
}

TEST_F(Auth, OldSessionsAreForgotten) {
    ASSERT_TRUE(sessions_->Create(Somebody(), 60min, Soon()).ok());
    clock_.Advance(26h);
    ASSERT_TRUE(sessions_->DeleteOld(Soon()).ok());
    auto lease = pool_.Acquire(Soon());
    EXPECT_EQ((*lease)->Exec("SELECT count(*) FROM session")->Int(0, 0), 0);
}

TEST_F(Auth, ThePrincipalIsSignedForSixtySecondsAndMadeAgainAfterThirty) {
    rpc::PrincipalVerifier verifier(*crypto::Verifier::FromPem((*signer_)->public_pem()), clock_);
    type::v1::Principal principal = Somebody();
    principal.set_session("s1");
    const std::string first = principals_->Signed(principal);
    ASSERT_TRUE(verifier.Verify(first).ok());
    EXPECT_EQ(verifier.Verify(first)->subject(), "accounts/li");
    clock_.Advance(29s);
    EXPECT_EQ(principals_->Signed(principal), first);
    clock_.Advance(1s);
    const std::string second = principals_->Signed(principal);
    EXPECT_NE(second, first);
    EXPECT_TRUE(verifier.Verify(first).ok());
    clock_.Advance(31s);
    EXPECT_EQ(verifier.Verify(first).status().reason, "PRINCIPAL_EXPIRED");
    EXPECT_TRUE(verifier.Verify(second).ok());
    EXPECT_EQ(verifier.Verify(principals_->Own())->subject(), "services/gateway");
}

TEST_F(Auth, SignInAndWhatItAnswers) {
    Account("li.ming", {1, 7}, "36");
    const auto response = Try("li.ming", kSecret);
    ASSERT_TRUE(response.ok()) << response.status().message;
    EXPECT_EQ(response->account().name(), "accounts/li.ming");
    EXPECT_EQ(response->account().roles_size(), 2);
    EXPECT_EQ(response->expires_in(), 8 * 3600);
    const auto principal = sessions_->Find(response->token(), Soon());
    EXPECT_EQ(principal->region_prefix(), "36");
    EXPECT_EQ(principal->display_name(), "李明");
}

TEST_F(Auth, UnknownDisabledAndWrongLookAlike) {
    Account("li");
    Account("gone");
    {
        auto lease = pool_.Acquire(Soon());
        ASSERT_TRUE(*store::DisableAccount(**lease, "gone"));
    }
    const Status wrong = Try("li", "wrong password").status(),
                 unknown = Try("nobody", kSecret).status(),
                 disabled = Try("gone", kSecret).status();
    for (const Status& status : {wrong, unknown, disabled}) {
        EXPECT_EQ(status.reason, "CREDENTIALS_WRONG");
        EXPECT_EQ(status.message, wrong.message);
    }
}

TEST_F(Auth, FailuresOfAnAccountBackOffAndDouble) {
    Account("li");
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(Try("li", "wrong", "10.0.0." + std::to_string(i)).status().reason,
                  "CREDENTIALS_WRONG");
    const Status blocked = Try("li", kSecret, "10.0.0.9").status();
    EXPECT_EQ(blocked.reason, "SIGN_IN_THROTTLED") << "even with the right password, from anywhere";
    EXPECT_EQ(blocked.retry_after_ms, 10'000);
    clock_.Advance(10s);
    EXPECT_EQ(Try("li", "wrong", "10.0.0.8").status().reason, "CREDENTIALS_WRONG");
    EXPECT_EQ(Try("li", kSecret, "10.0.0.9").status().retry_after_ms, 20'000);
    clock_.Advance(20s);
    EXPECT_TRUE(Try("li", kSecret, "10.0.0.9").ok());
    EXPECT_EQ(Try("li", "wrong", "10.0.0.9").status().reason, "CREDENTIALS_WRONG")
        << "success forgets the failures";
    EXPECT_TRUE(Try("li", kSecret, "10.0.0.9").ok());
}

TEST_F(Auth, TheBackOffHasAnEnd) {
    for (int i = 0; i < 40; ++i) {
        auto lease = pool_.Acquire(Soon());
        ASSERT_TRUE(
            store::AddFailure(**lease, "account:li", options_.per_account, clock_.Now()).ok());
    }
    auto lease = pool_.Acquire(Soon());
    EXPECT_EQ(*store::BlockedFor(**lease, {"account:li"}, clock_.Now()), 60'000);
    clock_.Advance(601s);
    ASSERT_TRUE(store::AddFailure(**lease, "account:li", options_.per_account, clock_.Now()).ok());
    EXPECT_EQ(*store::BlockedFor(**lease, {"account:li"}, clock_.Now()), 0) << "long ago";
}

TEST_F(Auth, FailuresFromAnAddressBackOffWhateverTheAccount) {
    Account("li");
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(Try("guess" + std::to_string(i), "wrong").status().reason, "CREDENTIALS_WRONG");
    EXPECT_EQ(Try("li", kSecret).status().reason, "SIGN_IN_THROTTLED");
    EXPECT_TRUE(Try("li", kSecret, "10.0.0.2").ok()) << "another address is free";
}

TEST_F(Auth, ClientsGetTheDatasetsOfTheirDepartment) {
    {
        auto lease = pool_.Acquire(Soon());
        ASSERT_TRUE(store::InsertClient(**lease,
                                        {"medical",
                                         "医保局",
                                         crypto::HashPassword(kSecret),
                                         "medical_insurance",
                                         {},
                                         false},
                                        clock_.Now(), "test")
                        .ok());
        ASSERT_TRUE(
            store::InsertClient(**lease,
                                {"other", "另一服务", crypto::HashPassword(kSecret), "", {}, false},
                                clock_.Now(), "test")
                .ok());
    }
    v1::IssueTokenRequest request;
    request.set_client_id("medical");
    request.set_client_secret(kSecret);
    const auto response = sign_in_->Client(request, "10.0.0.1", Soon());
    ASSERT_TRUE(response.ok());
    const auto principal = sessions_->Find(response->token(), Soon());
    EXPECT_EQ(principal->department(), "medical_insurance");
    EXPECT_EQ(principal->roles(0), options::v1::ROLE_DEPARTMENT);
    EXPECT_GT(principal->datasets_size(), 0);
    request.set_client_id("other");
    EXPECT_EQ(
        sessions_->Find(sign_in_->Client(request, "10.0.0.1", Soon())->token(), Soon())->roles(0),
        options::v1::ROLE_SERVICE);
    request.set_client_secret("wrong");
    EXPECT_EQ(sign_in_->Client(request, "10.0.0.1", Soon()).status().reason, "CREDENTIALS_WRONG");
}

TEST_F(Auth, ChangingThePasswordEndsTheOtherSessions) {
    Account("li");
    const std::string here = Try("li", kSecret)->token(), there = Try("li", kSecret)->token();
    const auto principal = sessions_->Find(here, Soon());
    v1::ChangePasswordRequest request;
    request.set_old_password("wrong");
    request.set_new_password("another long one");
    EXPECT_EQ(sign_in_->ChangePassword(*principal, request, "10.0.0.1", Soon()).reason,
              "CREDENTIALS_WRONG");
    request.set_old_password(kSecret);
    for (const char* bad : {"short", "my name is li ok", kSecret}) {
        request.set_new_password(bad);
        EXPECT_EQ(sign_in_->ChangePassword(*principal, request, "10.0.0.1", Soon()).reason,
                  "PASSWORD_RULES")
            << bad;
    }
    request.set_new_password("another long one");
    ASSERT_TRUE(sign_in_->ChangePassword(*principal, request, "10.0.0.1", Soon()).ok());
    EXPECT_TRUE(sessions_->Find(here, Soon()).ok());
    EXPECT_FALSE(sessions_->Find(there, Soon()).ok());
    EXPECT_FALSE(Try("li", kSecret).ok());
    EXPECT_TRUE(Try("li", "another long one").ok());
    EXPECT_EQ(sign_in_->ChangePassword(Somebody("clients/x"), request, "10.0.0.1", Soon()).reason,
              "NOT_AN_ACCOUNT");
}

TEST_F(Auth, AccountServiceByItsMethods) {
    rpc::Methods methods;
    Services services(pool_, *sign_in_, *sessions_, clock_, "page key");
    services.AddTo(methods);
    rpc::CallContext context;
    context.deadline = Soon();
    context.principal = Somebody("accounts/guard");
    const auto call = [&](const std::string& name, const google::protobuf::Message& request,
                          google::protobuf::Message& response) {
        return methods.entries()
            .at("/shouwang.gateway.v1.AccountService/" + name)
            .unary(context, request, response);
    };
    v1::CreateAccountRequest create;
    create.set_display_name("县级");
    create.add_roles(options::v1::ROLE_COUNTY_OPERATOR);
    create.set_region_prefix("360681");
    create.set_password(kSecret);
    v1::Account account;
    for (const char* id : {"a1", "a2", "a3"}) {
        create.set_id(id);
        ASSERT_TRUE(call("CreateAccount", create, account).ok());
    }
    EXPECT_EQ(call("CreateAccount", create, account).reason, "ACCOUNT_EXISTS");
    create.set_id("a4");
    create.set_password("short");
    EXPECT_EQ(call("CreateAccount", create, account).reason, "PASSWORD_RULES");

    v1::ListAccountsRequest list;
    list.set_page_size(2);
    v1::ListAccountsResponse page;
    ASSERT_TRUE(call("ListAccounts", list, page).ok());
    ASSERT_EQ(page.accounts_size(), 2);
    list.set_page_token(page.next_page_token());
    page.Clear();
    ASSERT_TRUE(call("ListAccounts", list, page).ok());
    ASSERT_EQ(page.accounts_size(), 1);
    EXPECT_EQ(page.accounts(0).name(), "accounts/a3");
    EXPECT_TRUE(page.next_page_token().empty());
    list.set_page_token("made up");
    EXPECT_EQ(call("ListAccounts", list, page).code, Code::kInvalidArgument);

    const std::string token = Try("a1", kSecret)->token();
    v1::DisableAccountRequest disable;
    disable.set_name("accounts/a1");
    ASSERT_TRUE(call("DisableAccount", disable, account).ok());
    EXPECT_TRUE(account.disabled());
    EXPECT_FALSE(sessions_->Find(token, Soon()).ok());
    disable.set_name("accounts/none");
    EXPECT_EQ(call("DisableAccount", disable, account).reason, "ACCOUNT_NOT_FOUND");
    disable.set_name("accounts/guard");
    EXPECT_EQ(call("DisableAccount", disable, account).reason, "ACCOUNT_IS_CALLER");

    v1::CreateClientRequest client;
    client.set_id("c1");
    client.set_display_name("医保局");
    client.set_department("medical_insurance");
    v1::CreateClientResponse created;
    ASSERT_TRUE(call("CreateClient", client, created).ok());
    EXPECT_GT(created.client().datasets_size(), 0);
    v1::IssueTokenRequest issue;
    issue.set_client_id("c1");
    issue.set_client_secret(created.client_secret());
    const auto issued = sign_in_->Client(issue, "10.0.0.1", Soon());
    ASSERT_TRUE(issued.ok());
    v1::DisableClientRequest end;
    end.set_name("clients/c1");
    v1::Client ended;
    ASSERT_TRUE(call("DisableClient", end, ended).ok());
    EXPECT_FALSE(sessions_->Find(issued->token(), Soon()).ok());
    EXPECT_FALSE(sign_in_->Client(issue, "10.0.0.1", Soon()).ok());
}

TEST_F(Auth, TheDatabaseItselfKeepsTheAdministratorsApart) {
    auto lease = pool_.Acquire(Soon());
    store::AccountRow row{"both", "x", "hash", {7, 8}, "", false};
    EXPECT_EQ(store::InsertAccount(**lease, row, clock_.Now(), "test").code,
              Code::kFailedPrecondition);
    row.roles = {8};
    row.region_prefix = "36a";
    EXPECT_EQ(store::InsertAccount(**lease, row, clock_.Now(), "test").code,
              Code::kFailedPrecondition);
}

TEST_F(Auth, BootstrapIsIdempotentAndChangesNothingThatIsThere) {
    const std::string path = shouwang::testing::TempDir() + "/bootstrap.toml";
    const auto write = [&](const std::string& password) {
        std::ofstream(path) << "[[accounts]]\nid = \"admin\"\ndisplay_name = \"省级\"\nroles = "
                               "[\"PROVINCE_OPERATOR\"]\nregion_prefix = \"36\"\npassword = \""
                            << password
                            << "\"\n[[clients]]\nid = \"medical\"\ndisplay_name = "
                               "\"医保局\"\ndepartment = \"medical_insurance\"\nsecret = \""
                            << password << "\"\n";
    };
    write(kSecret);
    auto bootstrap = ReadBootstrap(path);
    ASSERT_TRUE(bootstrap.ok()) << bootstrap.status().message;
    EXPECT_EQ(*ApplyBootstrap(*bootstrap, pool_, clock_.Now(), Soon()), 2);
    EXPECT_EQ(*ApplyBootstrap(*bootstrap, pool_, clock_.Now(), Soon()), 0);
    write("a different password");
    EXPECT_EQ(*ApplyBootstrap(*ReadBootstrap(path), pool_, clock_.Now(), Soon()), 0);
    EXPECT_TRUE(Try("admin", kSecret).ok());
}

TEST_F(Auth, BootstrapFilesAreJudged) {
    const std::string account = R"("id":"a1","display_name":"x","region_prefix":"36")";
    const struct {
        std::string json;
        const char* text;
    } cases[] = {
        {"{", "not JSON"},
        {R"({"people":[]})", "people"},
        {R"({"accounts":[{)" + account + R"(,"roles":["PROVINCE_OPERATOR"],"password":"short"}]})",
         "account 1"},
        {R"({"accounts":[{)" + account + R"(,"roles":["KING"],"password":"correct horse"}]})",
         "KING"},
        {R"({"accounts":[{)" + account +
             R"(,"roles":["AUDITOR","SYSTEM_ADMIN"],"password":"correct horse"}]})",
         "exclude"},
        {R"({"accounts":[{)" + account +
             R"(,"roles":["PROVINCE_OPERATOR"],"pasword":"correct horse"}]})",
         "pasword"},
        {R"({"clients":[{"id":"c1","display_name":"x","department":"astrology","secret":"correct horse"}]})",
         "client 1"},
        {R"({"clients":[{"id":"C 1","display_name":"x","secret":"correct horse"}]})", "id"},
    };
    for (const auto& c : cases) {
        const std::string path = shouwang::testing::TempDir() + "/bootstrap.json";
        std::ofstream(path) << c.json;
        const Status status = ReadBootstrap(path).status();
        EXPECT_EQ(status.reason, "BOOTSTRAP_INVALID") << c.json;
        EXPECT_NE(status.message.find(c.text), std::string::npos) << status.message;
    }
    EXPECT_EQ(ReadBootstrap("/no/such/file.toml").status().reason, "BOOTSTRAP_INVALID");
}

TEST_F(Auth, RequestsAboveTheLimitAreToldWhenToComeBack) {
    Gate gate(*sessions_, *principals_, *cache_,
              {.per_second = 1, .burst = 3, .anonymous_per_second = 1, .anonymous_burst = 2});
    const std::string token = *sessions_->Create(Somebody(), 60min, Soon());
    options::v1::MethodPolicy policy;
    policy.set_access(options::v1::ACCESS_AUTHENTICATED);
    const auto ask = [&](const std::string& with) {
        http::Request request;
        request.method = "POST";
        request.peer = "10.0.0.7";
        if (!with.empty()) request.headers["authorization"] = "Bearer " + with;
        return gate.Admit(request, policy);
    };
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(token).ok());
    const Status limited = ask(token);
    EXPECT_EQ(limited.reason, "RATE_LIMIT");
    EXPECT_GT(limited.retry_after_ms, 0);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(ask("").reason, "SESSION_MISSING");
    EXPECT_EQ(ask("").reason, "RATE_LIMIT") << "guessing tokens is limited by address";
}

TEST(AddressOf, CutsSchemeAndPort) {
    EXPECT_EQ(AddressOf("ipv4:10.1.2.3:4000"), "10.1.2.3");
    EXPECT_EQ(AddressOf("ipv6:[::1]:4000"), "::1");
    EXPECT_EQ(AddressOf("10.1.2.3"), "10.1.2.3");
    EXPECT_EQ(AddressOf("::1"), "::1");
}

}  // namespace
}  // namespace shouwang::gateway::auth
