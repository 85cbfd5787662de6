#include "common/bus/embedded.h"

#include <mutex>

#include "common/bus/embedded_consumer.h"
#include "common/bus/embedded_producer.h"
#include "common/bus/embedded_schema.h"

namespace shouwang::bus {
namespace {

class EmbeddedBus final : public Bus {
public:
    explicit EmbeddedBus(std::string conninfo) : conninfo_(std::move(conninfo)) {}

    Result<std::unique_ptr<Producer>> NewProducer(ProducerOptions options) override {
        SW_RETURN_IF_ERROR(Prepare().status());
        return std::unique_ptr<Producer>(std::make_unique<embedded::EmbeddedProducer>(conninfo_, options));
    }

    Result<std::unique_ptr<Consumer>> NewConsumer(ConsumerOptions options) override {
        SW_RETURN_IF_ERROR(Prepare().status());
        return std::unique_ptr<Consumer>(std::make_unique<embedded::EmbeddedConsumer>(conninfo_, std::move(options)));
    }

    Status EnsureTopics(std::span<const TopicSpec> topics) override {
        SW_ASSIGN_OR_RETURN(const auto connection, Prepare());
        for (const auto& spec : topics) {
            if (Status s = embedded::EnsureTopic(*connection, spec); !s.ok()) return embedded::FromPg(s);
        }
        return Status::Ok();
    }

    std::string_view kind() const override { return "embedded"; }

private:
    // A connection to a database that has the schema.
    Result<std::unique_ptr<pg::Connection>> Prepare() {
        auto connection = pg::Connection::Open(conninfo_, DeadlineIn(std::chrono::seconds(10)));
        if (!connection.ok()) return embedded::FromPg(connection.status());
        std::lock_guard lock(mutex_);
        if (!prepared_) {
            if (Status s = embedded::EnsureSchema(**connection); !s.ok()) return embedded::FromPg(s);
            prepared_ = true;
        }
        return connection;
    }

    const std::string conninfo_;
    std::mutex mutex_;
    bool prepared_ = false;
};

}  // namespace

Result<std::unique_ptr<Bus>> ConnectEmbedded(const std::string& conninfo) {
    return std::unique_ptr<Bus>(std::make_unique<EmbeddedBus>(conninfo));
}

}  // namespace shouwang::bus
