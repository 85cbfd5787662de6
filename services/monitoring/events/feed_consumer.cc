#include "services/monitoring/events/feed_consumer.h"

#include <map>

#include "common/base/fault_point.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/trace/trace.h"

namespace shouwang::monitoring::events {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMessages = 8;          // a transaction's worth of whole chunks: 8,000 rows
constexpr std::size_t kMostMessages = 256;     // of small ones
constexpr std::size_t kBytes = 1 << 20;        // that make the size of a transaction
constexpr auto kTransaction = 60s;
constexpr auto kBackOff = 200ms;

struct Metrics {
    metrics::Counter applied = metrics::MakeCounter("shouwang_feed_rows_total", "rows decided, by outcome", {{"outcome", "applied"}});
    metrics::Counter rejected = metrics::MakeCounter("shouwang_feed_rows_total", "rows decided, by outcome", {{"outcome", "rejected"}});
    metrics::Counter duplicate = metrics::MakeCounter("shouwang_feed_rows_total", "rows decided, by outcome", {{"outcome", "duplicate"}});
    metrics::Counter unmatched = metrics::MakeCounter("shouwang_feed_rows_total", "rows decided, by outcome", {{"outcome", "unmatched"}});
    metrics::Counter opened = metrics::MakeCounter("shouwang_leads_opened_total", "leads opened by screening");
    metrics::Counter ended = metrics::MakeCounter("shouwang_leads_ended_total", "leads ended as no longer true");
    metrics::Counter dead = metrics::MakeCounter("shouwang_feed_dead_letters_total", "chunks that could not be applied");
    metrics::Histogram transaction = metrics::MakeHistogram("shouwang_feed_transaction_seconds", "one micro-batch, poll to commit");
};
Metrics& M() {
    static Metrics m;
    return m;
}

bool Permanent(const Status& status) {
    return status.code == Code::kFailedPrecondition || status.code == Code::kInvalidArgument || status.code == Code::kDataLoss;
}

void Count(const usecase::FeedCounts& c) {
    M().applied.Add(static_cast<double>(c.applied));
    M().rejected.Add(static_cast<double>(c.rejected));
    M().duplicate.Add(static_cast<double>(c.duplicate));
    M().unmatched.Add(static_cast<double>(c.unmatched));
    M().opened.Add(static_cast<double>(c.screen.opened));
    M().ended.Add(static_cast<double>(c.screen.ended));
}

}  // namespace

FeedConsumer::FeedConsumer(bus::Bus& bus, bus::Producer& producer, std::unique_ptr<usecase::ApplyFeed> apply, std::string instance)
    : bus_(bus), producer_(producer), apply_(std::move(apply)), instance_(std::move(instance)) {}

FeedConsumer::~FeedConsumer() { Stop(); }

void FeedConsumer::Start() {
    thread_ = std::thread([this] { Run(); });
}

void FeedConsumer::Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

void FeedConsumer::Run() {
    while (!stopping_) {
        if (consumer_ == nullptr) {
            bus::ConsumerOptions options;
            options.group = "monitoring";
            options.topics = {kFeedTopic};
            options.instance = instance_;
            auto consumer = bus_.NewConsumer(options);
            if (!consumer.ok()) {
                log::Warn("feed consumer cannot start", {{"error", consumer.status()}});
                std::this_thread::sleep_for(kBackOff);
                continue;
            }
            consumer_ = std::move(consumer).value();
        }
        auto messages = Gather();
        if (!messages.ok()) {
            log::Warn("feed poll failed", {{"error", messages.status()}});
            std::this_thread::sleep_for(kBackOff);
            continue;
        }
        if (messages->empty()) continue;
        const auto begin = std::chrono::steady_clock::now();
        if (Apply(*messages)) {
            FaultPoint("consumer_before_offset_commit");
            Commit(*messages);
        } else {
            SeekBack(*messages);
            std::this_thread::sleep_for(kBackOff);
        }
        M().transaction.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    if (consumer_ != nullptr) consumer_->Close();
}

// Whole chunks come a few at a time; small ones, as live senders make them, are gathered as far as they are at hand.
Result<std::vector<bus::Message>> FeedConsumer::Gather() {
    SW_ASSIGN_OR_RETURN(std::vector<bus::Message> messages, consumer_->Poll(kMessages, 100ms));
    std::size_t bytes = 0, counted = 0;
    for (;;) {
        for (; counted < messages.size(); ++counted) bytes += messages[counted].value.size();
        if (messages.empty() || messages.size() % kMessages != 0 || messages.size() >= kMostMessages || bytes >= kBytes) return messages;
        auto more = consumer_->Poll(kMessages, 0ms);
        // What has been taken is applied first; the error comes again.
        if (!more.ok() || more->empty()) return messages;
        for (bus::Message& m : *more) messages.push_back(std::move(m));
    }
}

bool FeedConsumer::Apply(const std::vector<bus::Message>& messages) {
    std::vector<event::v1::FeedChunk> chunks(messages.size());
    bool all_parse = true;
    for (std::size_t i = 0; i < messages.size(); ++i) all_parse = chunks[i].ParseFromString(messages[i].value) && all_parse;
    if (all_parse) {
        const trace::Scope scope(trace::Context::Parse(chunks.front().traceparent()).Child());
        usecase::FeedCounts counts;
        const Status status = apply_->Run(chunks, DeadlineIn(kTransaction), counts);
        if (status.ok()) {
            Count(counts);
            return true;
        }
        if (!Permanent(status)) {
            log::Warn("feed transaction failed, will repeat", {{"error", status}, {"chunks", messages.size()}});
            return false;
        }
    }
    // One of them can never be applied: find it.
    for (const bus::Message& m : messages) {
        if (!ApplyOne(m)) return false;
    }
    return true;
}

bool FeedConsumer::ApplyOne(const bus::Message& message) {
    event::v1::FeedChunk chunk;
    if (!chunk.ParseFromString(message.value)) {
        return DeadLetter(message, MakeStatus(Code::kDataLoss, "CHUNK_MALFORMED", "not a FeedChunk"));
    }
    usecase::FeedCounts counts;
    const Status status = apply_->Run({&chunk, 1}, DeadlineIn(kTransaction), counts);
    if (status.ok()) {
        Count(counts);
        return true;
    }
    return Permanent(status) && DeadLetter(message, status);
}

bool FeedConsumer::DeadLetter(const bus::Message& message, const Status& why) {
    log::Error("chunk goes to the dead letters", {{"error", why}, {"partition", static_cast<int>(message.partition)}, {"offset", message.offset}});
    bus::OutMessage out;
    out.topic = kFeedDeadLetters;
    out.key = message.key;
    out.value = message.value;
    out.headers = message.headers;
    out.headers.emplace_back("reason", why.reason);
    out.headers.emplace_back("message", why.message);
    out.headers.emplace_back("source_partition", std::to_string(message.partition));
    out.headers.emplace_back("source_offset", std::to_string(message.offset));
    // Shared: a report may come after we have given up waiting.
    const auto delivered = std::make_shared<std::atomic<bool>>(false);
    const Status produced = producer_.Produce(std::move(out), [delivered](const Status& s) { *delivered = s.ok(); }, DeadlineIn(10s));
    const Status flushed = producer_.Flush(DeadlineIn(kTransaction));
    if (!produced.ok() || !flushed.ok() || !*delivered) return false;
    M().dead.Add();
    return true;
}

void FeedConsumer::Commit(const std::vector<bus::Message>& messages) {
    std::map<std::int32_t, std::int64_t> last;
    for (const bus::Message& m : messages) last[m.partition] = m.offset;
    for (const auto& [partition, offset] : last) {
        const Status status = consumer_->Commit(kFeedTopic, partition, offset);
        // Not ours any more, or the broker is away: the chunks come again and are recognised.
        if (!status.ok()) log::Warn("offset not committed", {{"error", status}, {"partition", static_cast<int>(partition)}});
    }
}

void FeedConsumer::SeekBack(const std::vector<bus::Message>& messages) {
    std::map<std::int32_t, std::int64_t> first;
    for (const bus::Message& m : messages) first.try_emplace(m.partition, m.offset);
    for (const auto& [partition, offset] : first) {
        const Status status = consumer_->Seek(kFeedTopic, partition, offset);
        if (!status.ok()) log::Warn("seek failed", {{"error", status}, {"partition", static_cast<int>(partition)}});
    }
}

}  // namespace shouwang::monitoring::events
