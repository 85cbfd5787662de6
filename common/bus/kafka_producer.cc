#include "common/bus/kafka_producer.h"

#include <atomic>
#include <thread>

#include "common/bus/kafka_conf.h"
#include "common/bus/kafka_message.h"
#include "common/log/log.h"

namespace shouwang::bus::kafka {

// Travels with a message through librdkafka.
struct Pending {
    Producer::Report report;
    std::uint64_t epoch;
    std::size_t bytes;
};

class Client {
public:
    Client(InFlight& in_flight, ProducerMetrics& metrics) : in_flight_(in_flight), metrics_(metrics) {}

    ~Client() {
        // The last owner goes: nobody produces any more. Reports come as long as this thread serves them.
        rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        stop_ = true;
        thread_.join();
    }

    Status Start(const std::string& brokers, const ProducerOptions& options) {
        SW_ASSIGN_OR_RETURN(ConfPtr conf,
                            NewConf(brokers, {
                                                 {"enable.idempotence", "true"},
                                                 {"acks", "all"},
                                                 {"partitioner", "murmur2_random"},
                                                 {"compression.codec", "lz4"},
                                                 {"linger.ms", std::to_string(options.linger.count())},
                                                 {"message.timeout.ms", std::to_string(options.delivery_timeout.count())},
                                                 // Ours is the bound that callers meet; the library's only has to be wider.
                                                 {"queue.buffering.max.messages", std::to_string(options.max_messages + 1000)},
                                                 {"queue.buffering.max.kbytes", std::to_string(options.max_bytes / 1024 + 65536)},
                                                 {"topic.metadata.propagation.max.ms", "5000"},
                                             }));
        rd_kafka_conf_set_opaque(conf.get(), this);
        rd_kafka_conf_set_dr_msg_cb(conf.get(), &Client::OnReport);
        rd_kafka_conf_set_error_cb(conf.get(), &Client::OnError);
        SW_ASSIGN_OR_RETURN(handle_, NewHandle(RD_KAFKA_PRODUCER, std::move(conf)));
        thread_ = std::thread([this] { Serve(); });
        return Status::Ok();
    }

    bool broken() const { return broken_; }
    // Never used again; everything it holds fails now instead of at its timeout.
    void GiveUp() {
        broken_ = true;
        rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    }
    rd_kafka_t* handle() const { return handle_.get(); }

private:
    static void OnReport(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
        auto* self = static_cast<Client*>(opaque);
        std::unique_ptr<Pending> pending(static_cast<Pending*>(message->_private));
        const std::string topic = rd_kafka_topic_name(message->rkt);
        const Status status = ToStatus(message->err, "message for " + topic);
        self->metrics_.Reported(topic, status.ok());
        if (pending->report) pending->report(status);
        self->in_flight_.Leave(pending->epoch, pending->bytes);
    }

    static void OnError(rd_kafka_t*, int error, const char* reason, void* opaque) {
        const auto code = static_cast<rd_kafka_resp_err_t>(error);
        log::Warn("kafka producer error", {{"error", rd_kafka_err2name(code)}, {"text", reason}});
        if (code != RD_KAFKA_RESP_ERR__FATAL) return;
        static_cast<Client*>(opaque)->GiveUp();
    }

    void Serve() {
        while (!stop_ || rd_kafka_outq_len(handle_.get()) > 0) rd_kafka_poll(handle_.get(), 50);
    }

    InFlight& in_flight_;
    ProducerMetrics& metrics_;
    HandlePtr handle_;
    std::atomic<bool> stop_ = false, broken_ = false;
    std::thread thread_;
};

KafkaProducer::KafkaProducer(std::string brokers, ProducerOptions options)
    : brokers_(std::move(brokers)), options_(options), in_flight_(options.max_messages, options.max_bytes) {}

KafkaProducer::~KafkaProducer() { (void)in_flight_.Flush(DeadlineIn(std::chrono::seconds(10))); }

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::Create(std::string brokers, ProducerOptions options) {
    std::unique_ptr<KafkaProducer> producer(new KafkaProducer(std::move(brokers), options));
    SW_RETURN_IF_ERROR(producer->Usable().status());
    return producer;
}

Result<std::shared_ptr<Client>> KafkaProducer::Usable() {
    std::shared_ptr<Client> retired;  // destroyed after the lock: its last reports may take a moment
    std::lock_guard lock(mutex_);
    if (client_ && !client_->broken()) return client_;
    auto fresh = std::make_unique<Client>(in_flight_, metrics_);
    SW_RETURN_IF_ERROR(fresh->Start(brokers_, options_));
    retired = std::move(client_);
    if (retired) log::Warn("kafka producer replaced after a fatal error");
    client_ = std::move(fresh);
    return client_;
}

Status KafkaProducer::Produce(OutMessage message, Report report, Deadline deadline) {
    const std::size_t bytes = SizeOf(message);
    SW_RETURN_IF_ERROR(CheckSize(message, bytes));
    SW_ASSIGN_OR_RETURN(const std::uint64_t epoch, in_flight_.Enter(bytes, deadline));
    auto pending = std::make_unique<Pending>(Pending{std::move(report), epoch, bytes});
    const Status status = Hand(message, pending);
    if (pending != nullptr) in_flight_.Leave(epoch, bytes);  // not taken: no report will come
    return status;
}

Status KafkaProducer::Hand(OutMessage& message, std::unique_ptr<Pending>& pending) {
    for (bool first = true;; first = false) {
        SW_ASSIGN_OR_RETURN(const std::shared_ptr<Client> client, Usable());
        rd_kafka_headers_t* headers = ToKafka(message.headers);
        const rd_kafka_resp_err_t error = rd_kafka_producev(
            client->handle(), RD_KAFKA_V_TOPIC(message.topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_PARTITION(message.partition >= 0 ? message.partition : RD_KAFKA_PARTITION_UA),
            RD_KAFKA_V_KEY(message.key.empty() ? nullptr : message.key.data(), message.key.size()),
            RD_KAFKA_V_VALUE(message.value.data(), message.value.size()), RD_KAFKA_V_HEADERS(headers),
            RD_KAFKA_V_OPAQUE(pending.get()), RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            (void)pending.release();  // comes back in the report
            return Status::Ok();
        }
        if (headers != nullptr) rd_kafka_headers_destroy(headers);
        if (error != RD_KAFKA_RESP_ERR__FATAL || !first) return ToStatus(error, "message for " + message.topic);
        // The library refuses before its error callback has been served: replace the client now.
        client->GiveUp();
    }
}

Result<int> KafkaProducer::Partitions(const std::string& topic) {
    {
        std::lock_guard lock(mutex_);
        if (auto it = partitions_.find(topic); it != partitions_.end()) return it->second;
    }
    SW_ASSIGN_OR_RETURN(const std::shared_ptr<Client> client, Usable());
    std::unique_ptr<rd_kafka_topic_t, FreeWith<rd_kafka_topic_destroy>> handle(
        rd_kafka_topic_new(client->handle(), topic.c_str(), nullptr));
    const rd_kafka_metadata_t* raw = nullptr;
    const auto error = rd_kafka_metadata(client->handle(), 0, handle.get(), &raw, 10'000);
    std::unique_ptr<const rd_kafka_metadata_t, FreeWith<rd_kafka_metadata_destroy>> metadata(raw);
    SW_RETURN_IF_ERROR(ToStatus(error, "topic " + topic));
    if (metadata->topic_cnt != 1) return MakeStatus(Code::kNotFound, "BUS_TOPIC_UNKNOWN", "topic " + topic);
    SW_RETURN_IF_ERROR(ToStatus(metadata->topics[0].err, "topic " + topic));
    std::lock_guard lock(mutex_);
    return partitions_[topic] = metadata->topics[0].partition_cnt;
}

void KafkaProducer::BreakForTest() {
    if (auto client = Usable(); client.ok()) rd_kafka_test_fatal_error((*client)->handle(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "test");
}

}  // namespace shouwang::bus::kafka
