// Idempotent producer. A client that has become useless (librdkafka's fatal error) is replaced: what it still held is reported
// as failed, and the caller's source of truth (the outbox) sends it again.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/bus/bus.h"
#include "common/bus/in_flight.h"
#include "common/bus/metrics.h"

namespace shouwang::bus::kafka {

struct Pending;  // what comes back with a message's report
class Client;  // one librdkafka producer and the thread that serves its reports

class KafkaProducer final : public Producer {
public:
    static Result<std::unique_ptr<KafkaProducer>> Create(std::string brokers, ProducerOptions options);
    ~KafkaProducer() override;  // waits up to 10 s for the reports, then gives up what is left

    Status Produce(OutMessage message, Report report, Deadline deadline) override;
    Status Flush(Deadline deadline) override { return in_flight_.Flush(deadline); }
    Result<int> Partitions(const std::string& topic) override;

    // For tests: the present client fails for good, as the broker's answers can make it.
    void BreakForTest();

private:
    KafkaProducer(std::string brokers, ProducerOptions options);
    Result<std::shared_ptr<Client>> Usable();
    // Gives the message to the library; takes `pending` where it did. A client with a fatal error is replaced once.
    Status Hand(OutMessage& message, std::unique_ptr<Pending>& pending);

    const std::string brokers_;
    const ProducerOptions options_;
    InFlight in_flight_;
    ProducerMetrics metrics_;
    std::mutex mutex_;
    std::map<std::string, int> partitions_;
    std::shared_ptr<Client> client_;
};

}  // namespace shouwang::bus::kafka
