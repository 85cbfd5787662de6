#include "common/bus/kafka.h"

#include <map>
#include <thread>

#include "common/bus/kafka_conf.h"
#include "common/bus/kafka_consumer.h"
#include "common/bus/kafka_producer.h"

namespace shouwang::bus {
namespace {

using namespace kafka;

constexpr int kAdminMs = 20'000;

struct TopicState {
    int partitions = 0;
    bool has_leaders = false;
};

class KafkaBus final : public Bus {
public:
    explicit KafkaBus(std::string brokers) : brokers_(std::move(brokers)) {}

    Result<std::unique_ptr<Producer>> NewProducer(ProducerOptions options) override {
        SW_ASSIGN_OR_RETURN(std::unique_ptr<Producer> producer, KafkaProducer::Create(brokers_, options));
        return producer;
    }

    Result<std::unique_ptr<Consumer>> NewConsumer(ConsumerOptions options) override {
        SW_ASSIGN_OR_RETURN(std::unique_ptr<Consumer> consumer, KafkaConsumer::Create(brokers_, std::move(options)));
        return consumer;
    }

    Status EnsureTopics(std::span<const TopicSpec> topics) override;
    std::string_view kind() const override { return "kafka"; }

private:
    const std::string brokers_;
};

Result<std::map<std::string, TopicState>> ReadTopics(rd_kafka_t* handle) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto error = rd_kafka_metadata(handle, 1, nullptr, &raw, kAdminMs);
    std::unique_ptr<const rd_kafka_metadata_t, FreeWith<rd_kafka_metadata_destroy>> metadata(raw);
    SW_RETURN_IF_ERROR(ToStatus(error, "topics of the broker"));
    std::map<std::string, TopicState> topics;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const rd_kafka_metadata_topic_t& topic = metadata->topics[i];
        if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        TopicState state{topic.partition_cnt, true};
        for (int p = 0; p < topic.partition_cnt; ++p) state.has_leaders &= topic.partitions[p].leader >= 0;
        topics[topic.topic] = state;
    }
    return topics;
}

Status CreateTopics(rd_kafka_t* handle, const std::vector<const TopicSpec*>& specs) {
    std::vector<std::unique_ptr<rd_kafka_NewTopic_t, FreeWith<rd_kafka_NewTopic_destroy>>> owned;
    std::vector<rd_kafka_NewTopic_t*> topics;
    for (const TopicSpec* spec : specs) {
        char why[512];
        // Replication factor -1: as many copies as the cluster is configured for.
        owned.emplace_back(rd_kafka_NewTopic_new(spec->name.c_str(), spec->partitions, -1, why, sizeof why));
        if (!owned.back()) return MakeStatus(Code::kInvalidArgument, "BUS_CONFIG", spec->name + ": " + why);
        rd_kafka_NewTopic_set_config(owned.back().get(), "retention.ms", std::to_string(spec->retention_ms).c_str());
        rd_kafka_NewTopic_set_config(owned.back().get(), "max.message.bytes", MaxMessageBytes().c_str());
        topics.push_back(owned.back().get());
    }
    const QueuePtr queue(rd_kafka_queue_new(handle));
    rd_kafka_CreateTopics(handle, topics.data(), topics.size(), nullptr, queue.get());
    const EventPtr event(rd_kafka_queue_poll(queue.get(), kAdminMs));
    if (!event) return MakeStatus(Code::kUnavailable, "BUS_UNAVAILABLE", "the broker does not answer");
    SW_RETURN_IF_ERROR(ToStatus(rd_kafka_event_error(event.get()), "creating topics"));
    std::size_t count = 0;
    const auto** results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto error = rd_kafka_topic_result_error(results[i]);
        // Somebody else was quicker: its partitions are compared with ours below.
        if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
        SW_RETURN_IF_ERROR(ToStatus(error, std::string("creating topic ") + rd_kafka_topic_result_name(results[i])));
    }
    return Status::Ok();
}

Status KafkaBus::EnsureTopics(std::span<const TopicSpec> topics) {
    SW_ASSIGN_OR_RETURN(ConfPtr conf, NewConf(brokers_, {}));
    SW_ASSIGN_OR_RETURN(const HandlePtr handle, NewHandle(RD_KAFKA_PRODUCER, std::move(conf)));
    SW_ASSIGN_OR_RETURN(auto present, ReadTopics(handle.get()));
    std::vector<const TopicSpec*> missing;
    for (const auto& spec : topics) {
        if (!present.contains(spec.name)) missing.push_back(&spec);
    }
    if (!missing.empty()) SW_RETURN_IF_ERROR(CreateTopics(handle.get(), missing));
    const auto deadline = DeadlineIn(std::chrono::milliseconds(kAdminMs));
    for (;;) {
        bool all = true;
        for (const auto& spec : topics) {
            const auto it = present.find(spec.name);
            if (it != present.end() && it->second.partitions != spec.partitions) {
                return MakeStatus(Code::kFailedPrecondition, "BUS_TOPIC_PARTITIONS",
                                  spec.name + " has " + std::to_string(it->second.partitions) + " partitions, " +
                                      std::to_string(spec.partitions) + " are declared");
            }
            all &= it != present.end() && it->second.has_leaders;
        }
        if (all) return Status::Ok();
        if (std::chrono::steady_clock::now() > deadline) {
            return MakeStatus(Code::kUnavailable, "BUS_UNAVAILABLE", "new topics have no leader yet");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        SW_ASSIGN_OR_RETURN(present, ReadTopics(handle.get()));
    }
}

}  // namespace

Result<std::unique_ptr<Bus>> ConnectKafka(const std::string& brokers) {
    // The settings are checked now, the brokers at first use.
    SW_RETURN_IF_ERROR(NewConf(brokers, {}).status());
    return std::unique_ptr<Bus>(std::make_unique<KafkaBus>(brokers));
}

}  // namespace shouwang::bus
