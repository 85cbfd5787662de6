// The door as it is mounted: routes, unary methods, receipts that prove, downloads that a
// spreadsheet opens safely.
#include "services/gateway/feed/feed_door.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "services/gateway/feed/errors_csv.h"
#include "services/gateway/feed/receipts.h"
#include "services/gateway/feed/testing/door_world.h"

namespace shouwang::gateway::feed {
namespace {

using testing::DoorWorld;
using testing::StringBody;

class RecordingReply final : public http::Reply {
public:
    void Send(http::Response response) override {
        status = response.status;
        body = std::move(response.body);
        ended = true;
    }
    bool Begin(int begun, http::Headers head) override {
        status = begun;
        headers = std::move(head);
        return true;
    }
    bool Write(std::string_view bytes) override { return body += bytes, true; }
    void End() override { ended = true; }
    bool gone() const override { return false; }

    int status = 0;
    http::Headers headers;
    std::string body;
    bool ended = false;
};

struct Mounted {
    DoorWorld world;
    FeedDoor door{world.Parts()};
    http::Router router;
    Mounted() {
        door.AddRoutes(router);
        EXPECT_TRUE(door.Start(DeadlineIn(std::chrono::seconds(5))).ok());
    }
    RecordingReply Call(const std::string& method, const std::string& target,
                        const std::string& text, const type::v1::Principal& principal,
                        const std::string& content_type = "") {
        RecordingReply reply;
        http::Request request;
        request.method = method;
        EXPECT_TRUE(http::ParseTarget(target, request).ok());
        const http::Router::Match match = router.Find(method, request.path);
        EXPECT_NE(match.route, nullptr) << target;
        if (match.route == nullptr) return reply;
        request.params = match.params;
        request.principal = principal;
        request.headers["content-type"] = content_type;
        StringBody body(text);
        match.route->handler(request, body, reply);
        return reply;
    }
};

TEST(FeedDoor, TakesAFileAndAnswersWithTheReceipt) {
    Mounted m;
    const auto reply = m.Call("POST",
                              "/feeds/medical_settlement/"
                              "june-1?period=2021-06&region=360681&complete=true&declared_rows=2",
                              testing::SyntheticJsonLine(1) + testing::SyntheticJsonLine(2),
                              m.world.Department(), "application/x-ndjson");
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_NE(reply.body.find("\"rows\":\"2\""), std::string::npos) << reply.body;
    const auto batch = m.world.directory.Get("batches/medical_insurance/june-1");
    EXPECT_EQ(batch.region_prefix(), "360681");
    EXPECT_TRUE(batch.complete());
    EXPECT_EQ(batch.declared_rows(), 2);
}

TEST(FeedDoor, ErrorsOfAnUploadHaveTheirStatus) {
    Mounted m;
    const std::string file = testing::SyntheticJsonLine(1);
    const struct {
        const char* target;
        int status;
        const char* reason;
    } cases[] = {
        {"/feeds/no_such/b", 404, "DATASET_UNKNOWN"},
        {"/feeds/school_status/b", 403, "DATASET_NOT_YOURS"},
        {"/feeds/medical_settlement/b%20c", 400, "BATCH_ID"},
        {"/feeds/medical_settlement/b?complete=yes", 400, "COMPLETE"},
        {"/feeds/medical_settlement/b?declared_rows=many", 400, "DECLARED_ROWS"},
        {"/feeds/medical_settlement/b?declared_rows=5", 400, "ROWS_DIFFER"},
        {"/feeds/medical_settlement/b?period=June", 400, "PERIOD"},
        {"/feeds/medical_settlement/b?region=37", 400, "REGION_UNKNOWN"},
    };
    for (const auto& c : cases) {
        const auto reply = m.Call("POST", c.target, file, m.world.Department());
        EXPECT_EQ(reply.status, c.status) << c.target << reply.body;
        EXPECT_NE(reply.body.find(c.reason), std::string::npos) << c.target << reply.body;
    }
}

TEST(FeedDoor, RoutesAreForDepartments) {
    Mounted m;
    const auto match = m.router.Find("POST", "/feeds/x/y");
    ASSERT_NE(match.route, nullptr);
    EXPECT_EQ(match.route->policy.access(), options::v1::ACCESS_ROLES);
    ASSERT_EQ(match.route->policy.roles_size(), 1);
    EXPECT_EQ(match.route->policy.roles(0), options::v1::ROLE_DEPARTMENT);
}

TEST(FeedDoor, RowErrorsComeAsSafeCsvPageByPage) {
    Mounted m;
    std::vector<monitoring::v1::RowError> errors(2500);
    for (std::size_t i = 0; i < errors.size(); ++i) {
        errors[i].set_sequence(static_cast<std::uint32_t>(i + 1));
        errors[i].set_code("FORMAT");
    }
    errors[0].set_got("=cmd|' /C calc'!A0");
    errors[1].set_got("a,\"b\"\n");
    m.world.directory.SetErrors(errors);
    const auto reply = m.Call("GET", "/feeds/batches/medical_insurance/b/errors.csv?lang=zh", "",
                              m.world.Department());
    EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(reply.ended);
    EXPECT_TRUE(
        reply.body.starts_with("\xEF\xBB\xBF行,字段,错误,收到,应为\r\n1,,FORMAT,'=cmd|' /C "
                               "calc'!A0,\r\n2,,FORMAT,\"a,\"\"b\"\"\n\",\r\n"))
        << reply.body.substr(0, 200);
    EXPECT_EQ(std::count(reply.body.begin(), reply.body.end(), '\r'), 2501);
    EXPECT_EQ(
        m.Call("GET", "/feeds/batches/education/b/errors.csv", "", m.world.Department()).status,
        404);
    type::v1::Principal auditor;
    auditor.add_roles(options::v1::ROLE_AUDITOR);
    EXPECT_EQ(m.Call("GET", "/feeds/batches/education/b/errors.csv", "", auditor).status, 200);
    m.world.directory.FailCalls(true);
    EXPECT_EQ(
        m.Call("GET", "/feeds/batches/medical_insurance/b/errors.csv", "", m.world.Department())
            .status,
        503);
}

TEST(AppendCell, DisarmsFormulas) {
    const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                         {"a", "a"},
                                                         {"=1+1", "'=1+1"},
                                                         {"+1", "'+1"},
                                                         {"-1", "'-1"},
                                                         {"@a", "'@a"},
                                                         {"\tx", "'\tx"},
                                                         {"\r=1", "\"'\r=1\""},
                                                         {"=\"a\"", "\"'=\"\"a\"\"\""},
                                                         {"张,三", "\"张,三\""}};
    for (const auto& [text, want] : cases) {
        std::string out;
        AppendCell(text, out);
        EXPECT_EQ(out, want);
    }
}

// A receipt is checked with nothing but its key, and its hashes with nothing but the rows.
TEST(Receipts, ProveExactlyWhatCame) {
    DoorWorld world;
    std::vector<std::string> lines;
    std::string file;
    for (int i = 1; i <= 1003; ++i) {
        lines.push_back(testing::SyntheticJsonLine(i));
        file += lines.back();
        lines.back().pop_back();
    }
    const v1::Receipt receipt = *world.Upload("b", file);
    EXPECT_TRUE(VerifyReceipt(*world.verifier, receipt).ok());

    std::string digests;
    crypto::MerkleTree roots;
    for (std::size_t from = 0; from < lines.size(); from += 1000) {
        std::string hashes;
        crypto::MerkleTree tree;
        for (std::size_t i = from; i < std::min(from + 1000, lines.size()); ++i) {
            const std::string hash = crypto::Sha256("T" + lines[i]);
            hashes += hash;
            tree.Add(hash);
        }
        digests += crypto::Sha256(hashes);
        roots.Add(tree.Root());
    }
    EXPECT_EQ(receipt.content().content_hash(), HexEncode(crypto::Sha256(digests)));
    EXPECT_EQ(receipt.content().merkle_root(), roots.Root());

    v1::Receipt forged = receipt;
    forged.mutable_content()->set_rows(2000);
    EXPECT_EQ(VerifyReceipt(*world.verifier, forged).reason, "RECEIPT_BROKEN");
    forged.set_body(forged.content().SerializeAsString());
    EXPECT_EQ(VerifyReceipt(*world.verifier, forged).reason, "RECEIPT_BROKEN");
    EXPECT_EQ(VerifyReceipt(
                  *crypto::Verifier::FromPem((*crypto::Signer::Generate())->public_pem()).value(),
                  receipt)
                  .reason,
              "RECEIPT_BROKEN");
}

TEST(Receipts, MethodsAnswerWhoMayAsk) {
    Mounted m;
    ASSERT_TRUE(m.world.Upload("b", testing::SyntheticJsonLine(1)).ok());
    rpc::Methods methods;
    m.door.AddMethods(methods);
    const auto& get = methods.entries().at("/shouwang.gateway.v1.FeedDoorService/GetReceipt").unary;
    const auto ask = [&](const type::v1::Principal& principal, const std::string& batch) {
        rpc::CallContext call;
        call.principal = principal;
        call.deadline = DeadlineIn(std::chrono::seconds(5));
        v1::GetReceiptRequest request;
        request.set_batch(batch);
        v1::Receipt receipt;
        const Status status = get(call, request, receipt);
        return status.ok() ? std::to_string(receipt.content().rows()) : status.reason;
    };
    EXPECT_EQ(ask(m.world.Department(), "batches/medical_insurance/b"), "1");
    EXPECT_EQ(ask(m.world.Department(), "batches/medical_insurance/other"), "RECEIPT_NOT_FOUND");
    EXPECT_EQ(ask(m.world.Department("education"), "batches/medical_insurance/b"),
              "BATCH_NOT_FOUND");
    rpc::CallContext call;
    v1::ListReceiptKeysResponse keys;
    ASSERT_TRUE(methods.entries()
                    .at("/shouwang.gateway.v1.FeedDoorService/ListReceiptKeys")
                    .unary(call, v1::ListReceiptKeysRequest(), keys)
                    .ok());
    ASSERT_EQ(keys.keys_size(), 1);
    EXPECT_EQ(keys.keys(0).public_key_pem(), m.world.signer->public_pem());
    v1::ListDatasetsResponse datasets;
    ASSERT_TRUE(methods.entries()
                    .at("/shouwang.gateway.v1.FeedDoorService/ListDatasets")
                    .unary(call, v1::ListDatasetsRequest(), datasets)
                    .ok());
    EXPECT_EQ(datasets.datasets(0).id(), "medical_settlement");
    EXPECT_EQ(datasets.datasets(0).fields(3).type(), "KIND_INPATIENT|KIND_OUTPATIENT");
    EXPECT_EQ(datasets.datasets(0).fields(5).type(), "int64");
    EXPECT_TRUE(datasets.datasets(0).fields(1).key());
}

}  // namespace
}  // namespace shouwang::gateway::feed
