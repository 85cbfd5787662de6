#include "services/ctl/commands.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <thread>

#include <google/protobuf/util/json_util.h>

#include "common/crypto/crypto.h"
#include "services/ctl/print.h"
#include "services/ctl/session.h"
#include "shouwang/gateway/v1/gateway.pb.h"
#include "shouwang/monitoring/v1/feed.pb.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "shouwang/monitoring/v1/overview.pb.h"

namespace shouwang::ctl {
namespace {

using namespace std::chrono_literals;
namespace gw = gateway::v1;
namespace mon = monitoring::v1;

const std::string kMonitoring = "/shouwang.monitoring.v1.";
const std::string kGateway = "/shouwang.gateway.v1.";

std::string ContentType(const std::string& file) {
    if (file.ends_with(".ndjson") || file.ends_with(".ndjson.gz") || file.ends_with(".jsonl")) return "application/x-ndjson";
    return "text/csv";
}

Status SaveReceipt(const std::string& path, const std::string& json) {
    std::ofstream out(path);
    out << json;
    return out ? Status::Ok() : MakeStatus(Code::kFailedPrecondition, "RECEIPT_NOT_SAVED", "cannot write " + path);
}

}  // namespace

Status Login(const std::string& server, const std::string& account, const std::string& client_id, const std::string& secret_file) {
    Client client(server, "");
    gw::SignInResponse answer;
    if (!client_id.empty()) {
        gw::IssueTokenRequest q;
        q.set_client_id(client_id);
        SW_ASSIGN_OR_RETURN(const std::string secret, secret_file.empty() ? AskSecret("SHOUWANG_CLIENT_SECRET", "client secret: ") : ReadSecretFile(secret_file));
        q.set_client_secret(secret);
        SW_RETURN_IF_ERROR(client.Call(kGateway + "AuthService/IssueToken", q, &answer));
    } else {
        gw::SignInRequest q;
        q.set_account(account);
        SW_ASSIGN_OR_RETURN(const std::string secret, secret_file.empty() ? AskSecret("SHOUWANG_PASSWORD", "password: ") : ReadSecretFile(secret_file));
        q.set_password(secret);
        SW_RETURN_IF_ERROR(client.Call(kGateway + "AuthService/SignIn", q, &answer));
    }
    return SaveSession({server, answer.token()});
}

Status Logout(const Client& client) {
    gw::SignOutResponse answer;
    const Status status = client.Call(kGateway + "AuthService/SignOut", gw::SignOutRequest(), &answer);
    ForgetSession();
    return status;
}

Status WhoAmI(const Client& client, const Output& out) {
    gw::Account account;
    SW_RETURN_IF_ERROR(client.Call(kGateway + "AuthService/WhoAmI", gw::WhoAmIRequest(), &account));
    if (out.json) {
        PrintJson(account);
    } else {
        std::printf("%s  %s  region %s\n", account.name().c_str(), account.display_name().c_str(), account.region_prefix().c_str());
    }
    return Status::Ok();
}

Status Push(const Client& client, const PushOptions& o, const Output& out) {
    std::string path = "/feeds/" + o.dataset + "/" + o.batch + "?period=" + UrlEscape(o.period) + "&region=" + UrlEscape(o.region);
    if (o.complete) path += "&complete=true";
    std::string json;
    {
        ProgressBar bar(o.quiet ? "" : o.batch);
        SW_ASSIGN_OR_RETURN(json, client.Upload(path, o.file, ContentType(o.file), [&](std::int64_t sent, std::int64_t all) { if (!o.quiet) bar.Set(sent, all); }));
    }
    gw::Receipt receipt;
    google::protobuf::util::JsonParseOptions lenient;
    lenient.ignore_unknown_fields = true;
    if (!google::protobuf::util::JsonStringToMessage(json, &receipt, lenient).ok()) return MakeStatus(Code::kDataLoss, "RECEIPT_MALFORMED", "the answer is not a receipt");
    if (!o.receipt.empty()) SW_RETURN_IF_ERROR(SaveReceipt(o.receipt, json));
    if (o.wait) return WatchBatch(client, receipt.content().batch(), out);
    if (o.quiet) return Status::Ok();
    if (out.json) {
        std::puts(json.c_str());
    } else {
        std::printf("%s: %lld rows received, %lld refused at the door\n", receipt.content().batch().c_str(), static_cast<long long>(receipt.content().rows()),
                    static_cast<long long>(receipt.content().rejected()));
    }
    return Status::Ok();
}

Result<mon::Batch> AwaitApplied(const Client& client, const std::string& name) {
    mon::GetBatchRequest q;
    q.set_name(name);
    mon::Batch batch;
    ProgressBar bar(name);
    for (;;) {
        SW_RETURN_IF_ERROR(client.Call(kMonitoring + "FeedService/GetBatch", q, &batch));
        bar.Set(batch.accepted(), batch.received());
        if (batch.state() >= mon::BATCH_STATE_APPLIED) return batch;
        std::this_thread::sleep_for(200ms);
    }
}

Status WatchBatch(const Client& client, const std::string& name, const Output& out) {
    SW_ASSIGN_OR_RETURN(const mon::Batch batch, AwaitApplied(client, name));
    if (out.json) {
        PrintJson(batch);
    } else {
        PrintBatch(batch);
    }
    return Status::Ok();
}

Status ListBatches(const Client& client, const std::string& dataset, const Output& out) {
    mon::ListBatchesRequest q;
    q.set_dataset(dataset);
    mon::ListBatchesResponse page;
    std::vector<std::vector<std::string>> rows = {{"batch", "dataset", "state", "received", "applied", "rejected", "duplicate", "unmatched"}};
    SW_RETURN_IF_ERROR(client.Call(kMonitoring + "FeedService/ListBatches", q, &page));
    for (const auto& b : page.batches()) {
        if (out.json) PrintJson(b);
        rows.push_back({b.name(), b.dataset(), Enum(b, "state"), std::to_string(b.received()), std::to_string(b.applied()), std::to_string(b.rejected()),
                        std::to_string(b.duplicate()), std::to_string(b.unmatched())});
    }
    if (!out.json) PrintTable(rows);
    return Status::Ok();
}

Status BatchErrors(const Client& client, const std::string& name) {
    SW_ASSIGN_OR_RETURN(const std::string csv, client.Get("/feeds/" + name + "/errors.csv"));
    std::fwrite(csv.data(), 1, csv.size(), stdout);
    return Status::Ok();
}

Status ListLeads(const Client& client, const std::string& region, const std::vector<std::string>& grades, int limit, const Output& out) {
    mon::ListLeadsRequest q;
    q.set_region_prefix(region);
    q.set_page_size(std::min(limit, 1000));
    for (const std::string& g : grades) {
        if (g != "red" && g != "yellow" && g != "green") return InvalidField("--grade", "red, yellow or green");
        q.add_grades(g == "red" ? mon::GRADE_RED : g == "yellow" ? mon::GRADE_YELLOW : mon::GRADE_GREEN);
    }
    std::vector<std::vector<std::string>> rows = {{"lead", "grade", "state", "risk", "region", "why"}};
    int shown = 0;
    do {
        mon::ListLeadsResponse page;
        SW_RETURN_IF_ERROR(client.Call(kMonitoring + "LeadService/ListLeads", q, &page));
        for (const auto& lead : page.leads()) {
            if (++shown > limit) break;
            if (out.json) PrintJson(lead);
            const std::string why = lead.explanations().empty() ? "" : out.zh ? lead.explanations(0).sentence_zh() : lead.explanations(0).sentence_en();
            rows.push_back({lead.name(), Enum(lead, "grade"), Enum(lead, "state"), Enum(lead, "risk_type"), lead.region_name(), why});
        }
        q.set_page_token(page.next_page_token());
    } while (!q.page_token().empty() && shown < limit);
    if (!out.json) PrintTable(rows);
    return Status::Ok();
}

Status ShowLead(const Client& client, const std::string& name, const Output& out) {
    mon::GetLeadRequest q;
    q.set_name(name);
    mon::Lead lead;
    SW_RETURN_IF_ERROR(client.Call(kMonitoring + "LeadService/GetLead", q, &lead));
    if (out.json) {
        PrintJson(lead);
    } else {
        PrintLead(lead, out.zh);
    }
    return Status::Ok();
}

Status WatchLeads(const Client& client, const std::string& region, int count, const Output& out) {
    gw::WatchLeadsRequest q;
    q.set_region_prefix(region);
    gw::WatchLeadsResponse scratch;
    int seen = 0;
    return client.Stream(kGateway + "LiveService/WatchLeads", q, &scratch, [&](const google::protobuf::Message& m) {
        const auto& event = static_cast<const gw::WatchLeadsResponse&>(m);
        if (out.json) {
            PrintJson(event);
        } else {
            std::printf("%s  %s  %s  %s\n", event.event().c_str(), event.lead().name().c_str(), Enum(event.lead(), "grade").c_str(),
                        (out.zh ? event.lead().sentence_zh() : event.lead().sentence_en()).c_str());
        }
        std::fflush(stdout);
        return count == 0 || ++seen < count;
    });
}

Status ShowOverview(const Client& client, const std::string& region, int level, const Output& out) {
    mon::GetOverviewRequest q;
    q.set_region_prefix(region);
    q.set_part_level(level);
    mon::Overview overview;
    SW_RETURN_IF_ERROR(client.Call(kMonitoring + "OverviewService/GetOverview", q, &overview));
    if (out.json) {
        PrintJson(overview);
    } else {
        PrintOverview(overview);
    }
    return Status::Ok();
}

Status ListFeeds(const Client& client, const Output& out) {
    mon::ListFreshnessResponse feeds;
    SW_RETURN_IF_ERROR(client.Call(kMonitoring + "FeedService/ListFreshness", mon::ListFreshnessRequest(), &feeds));
    std::vector<std::vector<std::string>> rows = {{"dataset", "department", "last period", "rows", "rejected", "unmatched", "state"}};
    for (const auto& f : feeds.feeds()) {
        if (out.json) PrintJson(f);
        rows.push_back({f.dataset(), out.zh ? f.department_zh() : f.department_en(), f.last_period(), std::to_string(f.rows()), std::to_string(f.rejected()),
                        std::to_string(f.unmatched()), f.never() ? "never" : f.late() ? "late" : "fresh"});
    }
    if (!out.json) PrintTable(rows);
    return Status::Ok();
}

Status VerifyReceipt(const std::string& file, const std::string& key_file, const Output& out) {
    std::ifstream in(file);
    const std::string json{std::istreambuf_iterator<char>(in), {}};
    gw::Receipt receipt;
    if (!google::protobuf::util::JsonStringToMessage(json, &receipt).ok()) return InvalidField(file, "a receipt as the gateway answers it", "RECEIPT_MALFORMED");
    SW_ASSIGN_OR_RETURN(const auto key, crypto::Verifier::Load(key_file));
    if (!key->Verify(receipt.body(), receipt.signature())) return MakeStatus(Code::kDataLoss, "RECEIPT_FORGED", "the signature does not fit the receipt and this key");
    gw::ReceiptBody body;
    if (!body.ParseFromString(receipt.body()) || body.SerializeAsString() != receipt.content().SerializeAsString()) {
        return MakeStatus(Code::kDataLoss, "RECEIPT_FORGED", "the readable part is not what was signed");
    }
    if (out.json) {
        PrintJson(body);
    } else {
        std::printf("valid: %s, %lld rows, signed by key %s\n", body.batch().c_str(), static_cast<long long>(body.rows()), receipt.key_id().c_str());
    }
    return Status::Ok();
}

}  // namespace shouwang::ctl
