// push_rows: streams .rows files of a province through the feed door and prints one JSON line: a file a batch as fast as the door takes
// it, or many small batches at a rate, as systems send that report what happens when it happens.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "services/ctl/client.h"
#include "services/ctl/session.h"
#include "tests/bench/push_client.h"

namespace {

using namespace shouwang;
using Json = nlohmann::json;

constexpr int kMessageRows = 1000;

struct Options {
    std::string http, grpc, manifest, secrets, period, tag = "bench";
    std::vector<std::string> datasets;
    std::int64_t skip = 0;   // rows passed over first, over all files
    std::int64_t most = 0;   // rows in all; 0 = everything
    double rate = 0;         // rows a second, in batches of their own; 0 = a batch a file, as fast as the door takes them
    int batch_rows = 50;     // of one batch, with a rate
    int senders = 4;         // at a time, with a rate
};

struct Pushed {
    std::int64_t rows = 0;
    Json begun = Json::object();  // with a rate: Unix milliseconds at which each batch was due to begin
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

gateway::v1::OpenPush OpenOf(const Options& o, const Json& file) {
    gateway::v1::OpenPush open;
    open.set_batch(o.tag + "-" + file.value("batch", ""));
    open.set_dataset(file.value("dataset", ""));
    open.set_period(file.value("period", ""));
    open.set_region_prefix(file.value("region", ""));
    return open;
}

Status PushFile(const Options& o, const Json& file, bench::RowFile& in, std::int64_t& left, Pushed& pushed) {
    SW_ASSIGN_OR_RETURN(const std::string token, Token(o, file.value("department", "")));
    bench::PushClient client(o.grpc, token);
    SW_ASSIGN_OR_RETURN(const auto receipt, client.Push(OpenOf(o, file), [&](gateway::v1::PushRows& to) {
        if (left == 0) return false;
        if (!in.Read(left < 0 ? kMessageRows : static_cast<int>(std::min<std::int64_t>(kMessageRows, left)), to)) return false;
        if (left > 0) left -= to.rows_size();
        return true;
    }));
    pushed.rows += receipt.content().rows();
    return Status::Ok();
}

// Batches are due one after another at the rate, whether or not the ones before are through: a slow door shows as latency.
Status PushAtRate(const Options& o, const Json& file, bench::RowFile& in, std::int64_t& left, Pushed& pushed) {
    SW_ASSIGN_OR_RETURN(const std::string token, Token(o, file.value("department", "")));
    std::vector<gateway::v1::PushRows> batches;
    while (left != 0) {
        in.BeginBatch();
        gateway::v1::PushRows rows;
        if (!in.Read(left < 0 ? o.batch_rows : static_cast<int>(std::min<std::int64_t>(o.batch_rows, left)), rows)) break;
        if (left > 0) left -= rows.rows_size();
        pushed.rows += rows.rows_size();
        batches.push_back(std::move(rows));
    }
    using Clock = std::chrono::system_clock;
    const auto begin = Clock::now() + std::chrono::milliseconds(100);
    const auto due = [&](std::size_t i) {
        return begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(static_cast<double>(i) * o.batch_rows / o.rate));
    };
    std::vector<Status> outcomes(static_cast<std::size_t>(o.senders));
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < outcomes.size(); ++t) {
        threads.emplace_back([&, t] {
            bench::PushClient client(o.grpc, token);
            for (std::size_t i = t; i < batches.size() && outcomes[t].ok(); i += outcomes.size()) {
                std::this_thread::sleep_until(due(i));
                gateway::v1::OpenPush open = OpenOf(o, file);
                open.set_batch(open.batch() + "-" + std::to_string(i));
                bool sent = false;
                outcomes[t] = client.Push(open, [&](gateway::v1::PushRows& to) {
                    if (std::exchange(sent, true)) return false;
                    to = batches[i];
                    return true;
                }).status();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Status& outcome : outcomes) SW_RETURN_IF_ERROR(outcome);
    for (std::size_t i = 0; i < batches.size(); ++i) {
        pushed.begun[OpenOf(o, file).batch() + "-" + std::to_string(i)] =
            std::chrono::duration_cast<std::chrono::milliseconds>(due(i).time_since_epoch()).count();
    }
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
    app.add_option("--rate", o.rate, "rows a second, in small batches");
    app.add_option("--batch-rows", o.batch_rows, "rows of a batch, with --rate");
    app.add_option("--senders", o.senders, "senders at a time, with --rate");
    app.add_option("--tag", o.tag, "put before batch ids");
    CLI11_PARSE(app, argc, argv);
    std::ifstream in(o.manifest);
    const Json manifest = Json::parse(in, nullptr, false);
    std::int64_t skip = o.skip, left = o.most == 0 ? -1 : o.most;
    Pushed pushed;
    const auto begin = std::chrono::steady_clock::now();
    for (const Json& file : manifest["files"]) {
        if (left == 0) break;
        if (!o.period.empty() && file.value("path", "").find("/" + o.period + "/") == std::string::npos) continue;
        if (!o.datasets.empty() && std::find(o.datasets.begin(), o.datasets.end(), file.value("dataset", "")) == o.datasets.end()) continue;
        bench::RowFile rows(std::filesystem::path(o.manifest).parent_path().string() + "/" + file.value("path", ""));
        skip -= rows.Skip(skip);
        if (rows.empty()) continue;
        const Status status = o.rate > 0 ? PushAtRate(o, file, rows, left, pushed) : PushFile(o, file, rows, left, pushed);
        if (!status.ok()) {
            std::fprintf(stderr, "%s: %s: %s\n", file.value("path", "").c_str(), status.reason.c_str(), status.message.c_str());
            return 1;
        }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const Json result = {{"rows", pushed.rows}, {"seconds", seconds}, {"begun", pushed.begun}};
    std::printf("%s\n", result.dump().c_str());
    return 0;
}
