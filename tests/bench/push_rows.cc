// push_rows: streams .rows files of a province through the feed door, as fast as it takes them or at a rate, and prints one JSON line.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "services/ctl/client.h"
#include "services/ctl/session.h"
#include "tests/bench/push_client.h"

namespace {

using namespace shouwang;
using Json = nlohmann::json;

struct Options {
    std::string http, grpc, manifest, secrets, period, tag = "bench";
    std::vector<std::string> datasets;
    std::int64_t skip = 0;   // rows passed over first, over all files
    std::int64_t most = 0;   // rows in all; 0 = everything
    double rate = 0;         // rows a second; 0 = as fast as the door takes them
};

Result<std::string> Token(const Options& o, const std::string& department) {
    SW_ASSIGN_OR_RETURN(const std::string secret, ctl::ReadSecretFile(o.secrets + "/clients/" + department));
    gateway::v1::IssueTokenRequest q;
    q.set_client_id(department);
    q.set_client_secret(secret);
    gateway::v1::SignInResponse answer;
    SW_RETURN_IF_ERROR(ctl::Client(o.http, "").Call("/shouwang.gateway.v1.AuthService/IssueToken", q, &answer));
    return answer.token();
}

Status PushFile(const Options& o, const Json& file, std::int64_t& skip, std::int64_t& left, std::int64_t& rows) {
    bench::RowFile in(std::filesystem::path(o.manifest).parent_path().string() + "/" + file.value("path", ""));
    skip -= in.Skip(skip);
    if (in.empty()) return Status::Ok();
    SW_ASSIGN_OR_RETURN(const std::string token, Token(o, file.value("department", "")));
    bench::PushClient client(o.grpc, token);
    gateway::v1::OpenPush open;
    open.set_batch(o.tag + "-" + file.value("batch", ""));
    open.set_dataset(file.value("dataset", ""));
    open.set_period(file.value("period", ""));
    open.set_region_prefix(file.value("region", ""));
    const int step = o.rate > 0 ? std::max(1, static_cast<int>(o.rate / 20)) : 1000;
    auto due = std::chrono::steady_clock::now();
    SW_ASSIGN_OR_RETURN(const auto receipt, client.Push(open, [&](gateway::v1::PushRows& to) {
        if (left == 0) return false;
        if (!in.Read(left < 0 ? step : static_cast<int>(std::min<std::int64_t>(step, left)), to)) return false;
        if (left > 0) left -= to.rows_size();
        if (o.rate > 0) {
            std::this_thread::sleep_until(due);
            due += std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(to.rows_size() / o.rate));
        }
        return true;
    }));
    rows += receipt.content().rows();
    return Status::Ok();
}

}  // namespace

int main(int argc, char** argv) {
    Options o;
    CLI::App app("streams .rows files through the feed door");
    app.add_option("--http", o.http)->required();
    app.add_option("--grpc", o.grpc)->required();
    app.add_option("--manifest", o.manifest)->required();
    app.add_option("--secrets", o.secrets)->required();
    app.add_option("--period", o.period, "only files of this folder, YYYY-MM");
    app.add_option("--dataset", o.datasets, "only these");
    app.add_option("--skip", o.skip, "rows passed over first");
    app.add_option("--rows", o.most, "at most so many rows in all");
    app.add_option("--rate", o.rate, "rows a second");
    app.add_option("--tag", o.tag, "put before batch ids");
    CLI11_PARSE(app, argc, argv);
    std::ifstream in(o.manifest);
    const Json manifest = Json::parse(in, nullptr, false);
    std::int64_t skip = o.skip, left = o.most == 0 ? -1 : o.most, rows = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (const Json& file : manifest["files"]) {
        if (left == 0) break;
        if (!o.period.empty() && file.value("path", "").find("/" + o.period + "/") == std::string::npos) continue;
        if (!o.datasets.empty() && std::find(o.datasets.begin(), o.datasets.end(), file.value("dataset", "")) == o.datasets.end()) continue;
        const Status status = PushFile(o, file, skip, left, rows);
        if (!status.ok()) {
            std::fprintf(stderr, "%s: %s: %s\n", file.value("path", "").c_str(), status.reason.c_str(), status.message.c_str());
            return 1;
        }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("{\"rows\": %lld, \"seconds\": %.3f}\n", static_cast<long long>(rows), seconds);
    return 0;
}
