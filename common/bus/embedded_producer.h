// Writes many messages in one transaction: one thread takes whatever has gathered while the last commit ran.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/bus/bus.h"
#include "common/bus/embedded_schema.h"
#include "common/bus/in_flight.h"
#include "common/bus/metrics.h"
#include "common/pg/pg.h"

namespace shouwang::bus::embedded {

class EmbeddedProducer final : public Producer {
public:
    EmbeddedProducer(std::string conninfo, ProducerOptions options);
    ~EmbeddedProducer() override;  // writes what is queued, at most 10 s

    Status Produce(OutMessage message, Report report, Deadline deadline) override;
    Status Flush(Deadline deadline) override { return in_flight_.Flush(deadline); }
    Result<int> Partitions(const std::string& topic) override;

private:
    struct Queued {
        OutMessage message;
        Report report;
        std::uint64_t epoch;
        std::size_t bytes;
        Deadline expires;
        std::int32_t topic_id = 0;
        std::int32_t partition = 0;
        TimePoint time;
    };

    void Run();
    // Leaves in `batch` what can be written; the rest is reported.
    Status Place(std::vector<Queued>& batch);
    Status WriteOnce(const std::vector<Queued>& batch);
    Status Write(std::vector<Queued>& batch);
    void Finish(Queued& queued, const Status& status);
    Result<Topic> TopicOf(const std::string& name);
    void PurgeSometimes();

    const ProducerOptions options_;
    InFlight in_flight_;
    ProducerMetrics metrics_;
    pg::Pool pool_;
    std::mutex topics_mutex_;
    std::map<std::string, Topic> topics_;
    std::uint64_t next_partition_ = 0;  // of messages without key
    Deadline next_purge_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Queued> queue_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace shouwang::bus::embedded
