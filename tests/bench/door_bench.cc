// How fast the feed door is by itself: check + seal + hash + group + serialize, to a bus that takes
// everything at once.
//   door_bench [rows=1000000] [runs=5] [threads=1]
// Prints rows/s by the wall and CPU-seconds per million rows for each way in; median and spread
// over the runs (after one warm-up). Several threads send a batch each: senders are independent.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>

#include "services/gateway/feed/push.h"
#include "services/gateway/feed/testing/door_world.h"
#include "services/gateway/feed/upload.h"

using namespace shouwang;
using namespace shouwang::gateway::feed;
using namespace shouwang::gateway::feed::testing;
namespace v1 = shouwang::gateway::v1;

namespace {

// Reports at once, keeps nothing.
class NullProducer final : public bus::Producer {
public:
    Status Produce(bus::OutMessage message, Report report, Deadline) override {
        bytes_ += message.value.size();
        report(Status::Ok());
        return Status::Ok();
    }
    Status Flush(Deadline) override { return Status::Ok(); }
    Result<int> Partitions(const std::string&) override { return 12; }
    std::uint64_t bytes() const { return bytes_; }

private:
    std::atomic<std::uint64_t> bytes_ = 0;
};

double CpuSeconds() {
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(use.ru_utime) + seconds(use.ru_stime);
}

// Rows of different content: 20,000 ready-made ones in turn.
struct Input {
    static constexpr int kDistinct = 20000;
    std::vector<std::string> rows;
    std::string csv, json;

    Input() {
        for (int i = 1; i <= kDistinct; ++i) {
            rows.push_back(SyntheticRow(i).SerializeAsString());
            csv += SyntheticCsvLine(i);
            json += SyntheticJsonLine(i);
        }
    }
};

class LoopBody final : public gateway::http::BodyReader {
public:
    LoopBody(std::string_view head, std::string_view block, std::int64_t times)
        : head_(head), block_(block), times_(times) {}
    Result<std::string_view> Next() override {
        if (!head_.empty()) return std::exchange(head_, {});
        if (at_ == block_.size()) {
            at_ = 0;
            --times_;
        }
        if (times_ == 0) return std::string_view();
        const std::string_view piece = block_.substr(at_, 64 << 10);
        at_ += piece.size();
        return piece;
    }

private:
    std::string_view head_, block_;
    std::int64_t times_;
    std::size_t at_ = 0;
};

void Insist(const Status& status) {
    if (status.ok()) return;
    std::fprintf(stderr, "%s: %s\n", status.reason.c_str(), status.message.c_str());
    std::exit(1);
}

void PushRowsOf(const DoorParts& parts, const DoorWorld& world, const Input& input,
                const std::string& batch, std::int64_t rows) {
    std::int64_t next = 0;
    Insist(RunPush(
        parts, world.Department(), DeadlineIn(std::chrono::hours(1)),
        [&](v1::PushRequest& request) {
            if (next == 0) {
                request.Clear();
                *request.mutable_open() = world.OpenOf(batch);
                next = 1;
            } else if (next > rows) {
                request.mutable_close()->set_rows(rows);
            } else {
                auto& message = *request.mutable_rows();
                message.Clear();
                message.set_first_sequence(static_cast<std::uint32_t>(next));
                for (int i = 0; i < 1000 && next <= rows; ++i, ++next) {
                    message.add_rows()->set_row(
                        input.rows[static_cast<std::size_t>(next - 1) % input.rows.size()]);
                }
            }
            return true;
        },
        [](const v1::PushResponse&) { return true; }));
}

void UploadOf(const DoorParts& parts, const DoorWorld& world, const Input& input,
              const std::string& batch, std::int64_t rows, bool csv) {
    LoopBody body(csv ? kCsvHeader : "", csv ? input.csv : input.json,
                  std::max<std::int64_t>(1, rows / Input::kDistinct));
    Insist(RunUpload(parts, world.Department(), world.OpenOf(batch), {}, body,
                     DeadlineIn(std::chrono::hours(1)))
               .status());
}

}  // namespace

int main(int argc, char** argv) {
    const std::int64_t rows = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
    const int runs = argc > 2 ? std::atoi(argv[2]) : 5, threads = argc > 3 ? std::atoi(argv[3]) : 1;
    const Input input;
    const struct {
        const char* name;
        std::function<void(const DoorParts&, const DoorWorld&, const std::string&)> send;
    } ways[] = {
        {"grpc", [&](auto& p, auto& w, auto& b) { PushRowsOf(p, w, input, b, rows); }},
        {"csv", [&](auto& p, auto& w, auto& b) { UploadOf(p, w, input, b, rows, true); }},
        {"ndjson", [&](auto& p, auto& w, auto& b) { UploadOf(p, w, input, b, rows, false); }},
    };
    std::printf("%lld rows a sender, %d sender(s), %d runs after a warm-up\n",
                static_cast<long long>(rows), threads, runs);
    for (const auto& way : ways) {
        std::vector<double> rates, costs;
        double bytes = 0;
        for (int run = 0; run <= runs; ++run) {
            DoorWorld world;
            NullProducer producer;
            const DoorParts in_memory = world.Parts();
            const DoorParts parts{in_memory.catalogue, in_memory.regions, in_memory.blind,
                                  in_memory.sealer,    in_memory.signer,  producer,
                                  in_memory.directory, in_memory.store,   in_memory.clock,
                                  in_memory.pipeline};
            const double cpu = CpuSeconds();
            const auto begin = std::chrono::steady_clock::now();
            std::vector<std::thread> senders;
            for (int i = 0; i < threads; ++i) {
                senders.emplace_back([&, i] { way.send(parts, world, "b" + std::to_string(i)); });
            }
            for (std::thread& sender : senders) sender.join();
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
            const double million = static_cast<double>(rows) * threads / 1e6;
            if (run == 0) continue;
            rates.push_back(million * 1e6 / took.count());
            costs.push_back((CpuSeconds() - cpu) / million);
            bytes = static_cast<double>(producer.bytes()) / (million * 1e6);
        }
        std::sort(rates.begin(), rates.end());
        std::sort(costs.begin(), costs.end());
        std::printf(
            "%-7s %9.0f rows/s (%.0f to %.0f), %5.2f CPU-s per million rows, %.0f bytes a row on "
            "the bus\n",
            way.name, rates[rates.size() / 2], rates.front(), rates.back(), costs[costs.size() / 2],
            bytes);
    }
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    std::printf("peak memory %ld MiB\n", use.ru_maxrss / 1024);
    return 0;
}
