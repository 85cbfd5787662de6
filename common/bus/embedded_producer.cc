#include "common/bus/embedded_producer.h"

#include <algorithm>

#include "common/base/bytes.h"
#include "common/log/log.h"

namespace shouwang::bus::embedded {
namespace {

constexpr std::size_t kBatchMessages = 5000;
constexpr std::size_t kBatchBytes = 16 << 20;
constexpr auto kAttempt = std::chrono::seconds(15);
constexpr auto kPurgeEvery = std::chrono::seconds(20);

using TopicPartition = std::pair<std::int32_t, std::int32_t>;  // topic id, partition

// The partitions a batch touches, as parameters of one statement.
struct Touched {
    std::vector<std::int32_t> topics, partitions;
    std::vector<std::int64_t> next;

    pg::Params Keys() const {
        pg::Params p;
        p.AddArray(topics).AddArray(partitions);
        return p;
    }
};

}  // namespace

EmbeddedProducer::EmbeddedProducer(std::string conninfo, ProducerOptions options)
    : options_(options),
      in_flight_(options.max_messages, options.max_bytes),
      // One connection writes, one answers Partitions.
      pool_({.conninfo = std::move(conninfo), .size = 2, .name = "bus"}),
      next_purge_(std::chrono::steady_clock::now() + kPurgeEvery),
      thread_([this] { Run(); }) {}

EmbeddedProducer::~EmbeddedProducer() {
    (void)in_flight_.Flush(DeadlineIn(std::chrono::seconds(10)));
    {
        std::lock_guard lock(mutex_);
        stop_ = true;
    }
    arrived_.notify_all();
    thread_.join();
}

Status EmbeddedProducer::Produce(OutMessage message, Report report, Deadline deadline) {
    const std::size_t bytes = SizeOf(message);
    SW_RETURN_IF_ERROR(CheckSize(message, bytes));
    SW_ASSIGN_OR_RETURN(const std::uint64_t epoch, in_flight_.Enter(bytes, deadline));
    Queued queued{std::move(message), std::move(report), epoch, bytes, DeadlineIn(options_.delivery_timeout)};
    queued.time = std::chrono::time_point_cast<TimePoint::duration>(std::chrono::system_clock::now());
    bool wake = false;
    {
        std::lock_guard lock(mutex_);
        wake = queue_.empty();
        queue_.push_back(std::move(queued));
    }
    if (wake) arrived_.notify_one();
    return Status::Ok();
}

Result<Topic> EmbeddedProducer::TopicOf(const std::string& name) {
    {
        std::lock_guard lock(topics_mutex_);
        if (auto it = topics_.find(name); it != topics_.end()) return it->second;
    }
    auto lease = pool_.Acquire(DeadlineIn(kAttempt));
    if (!lease.ok()) return FromPg(lease.status());
    auto topic = FindTopic(**lease, name);
    if (!topic.ok()) return FromPg(topic.status());
    std::lock_guard lock(topics_mutex_);
    return topics_[name] = *topic;
}

Result<int> EmbeddedProducer::Partitions(const std::string& topic) {
    SW_ASSIGN_OR_RETURN(const Topic found, TopicOf(topic));
    return found.partitions;
}

void EmbeddedProducer::Run() {
    std::vector<Queued> batch;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            arrived_.wait_for(lock, kPurgeEvery, [&] { return stop_ || !queue_.empty(); });
            if (stop_ && queue_.empty()) return;
            std::size_t bytes = 0;
            while (!queue_.empty() && batch.size() < kBatchMessages && (batch.empty() || bytes + queue_.front().bytes <= kBatchBytes)) {
                bytes += queue_.front().bytes;
                batch.push_back(std::move(queue_.front()));
                queue_.pop_front();
            }
        }
        if (!batch.empty()) {
            const Status status = Write(batch);
            for (auto& queued : batch) Finish(queued, status);
            batch.clear();
        }
        PurgeSometimes();
    }
}

void EmbeddedProducer::Finish(Queued& queued, const Status& status) {
    metrics_.Reported(queued.message.topic, status.ok());
    if (queued.report) queued.report(status);
    in_flight_.Leave(queued.epoch, queued.bytes);
}

// Tries again while the database is away, as Kafka's client does while the broker is, until the oldest message expires.
Status EmbeddedProducer::Write(std::vector<Queued>& batch) {
    auto pause = std::chrono::milliseconds(20);
    for (;;) {
        Status status = Place(batch);
        if (status.ok() && !batch.empty()) status = WriteOnce(batch);
        if (status.ok() || status.code != Code::kUnavailable) return status;
        log::Warn("embedded bus write failed", {{"status", status}, {"messages", batch.size()}});
        std::unique_lock lock(mutex_);
        if (stop_ || std::chrono::steady_clock::now() + pause > batch.front().expires) return status;
        arrived_.wait_for(lock, pause, [&] { return stop_; });
        pause = std::min(pause * 2, std::chrono::milliseconds(1000));
    }
}

Status EmbeddedProducer::Place(std::vector<Queued>& batch) {
    std::vector<Queued> placed;
    placed.reserve(batch.size());
    Status unavailable;
    for (auto& queued : batch) {
        const auto topic = unavailable.ok() ? TopicOf(queued.message.topic) : unavailable;
        if (!topic.ok() && topic.status().code != Code::kNotFound) {
            unavailable = topic.status();
            placed.push_back(std::move(queued));
            continue;
        }
        if (!topic.ok() || queued.message.partition >= topic->partitions) {
            Finish(queued, topic.ok() ? MakeStatus(Code::kNotFound, "BUS_TOPIC_UNKNOWN", queued.message.topic + " has no partition " + std::to_string(queued.message.partition))
                                      : topic.status());
            continue;
        }
        const auto count = static_cast<std::uint64_t>(topic->partitions);
        queued.topic_id = topic->id;
        // Kafka's Java client: positive part of the hash, modulo the partitions.
        queued.partition = queued.message.partition >= 0 ? queued.message.partition
                           : queued.message.key.empty() ? static_cast<std::int32_t>(next_partition_++ % count)
                                                        : static_cast<std::int32_t>((Murmur2(queued.message.key) & 0x7fffffff) % count);
        placed.push_back(std::move(queued));
    }
    batch = std::move(placed);
    return unavailable;
}

Status EmbeddedProducer::WriteOnce(const std::vector<Queued>& batch) {
    std::map<TopicPartition, std::int64_t> next;
    for (const auto& queued : batch) next[{queued.topic_id, queued.partition}] = 0;
    const Status status = pg::RunInTransaction(pool_, DeadlineIn(kAttempt), [&](pg::Connection& connection) -> Status {
        Touched touched;
        for (const auto& [place, unused] : next) {
            touched.topics.push_back(place.first);
            touched.partitions.push_back(place.second);
        }
        // Locked in one order by everybody: no deadlock.
        SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                            connection.Exec("SELECT p.topic_id, p.partition, p.next_offset FROM bus.partition p "
                                            "JOIN unnest($1::int[], $2::int[]) u(t, n) ON p.topic_id = u.t AND p.partition = u.n "
                                            "ORDER BY p.topic_id, p.partition FOR UPDATE OF p",
                                            touched.Keys()));
        for (int i = 0; i < rows.size(); ++i) {
            next[{static_cast<std::int32_t>(rows.Int(i, 0)), static_cast<std::int32_t>(rows.Int(i, 1))}] = rows.Int(i, 2);
        }
        pg::CopyBuffer copy;
        for (const auto& queued : batch) {
            const std::int64_t offset = next[{queued.topic_id, queued.partition}]++;
            copy.Row(7).Int32(queued.topic_id).Int32(queued.partition).Int64(offset).Time(queued.time);
            copy.Bytes(queued.message.key).Bytes(queued.message.value).Bytes(EncodeHeaders(queued.message.headers));
        }
        SW_RETURN_IF_ERROR(connection.Copy("COPY bus.message (topic_id, partition, msg_offset, written, key, value, headers) FROM STDIN (FORMAT binary)", copy));
        for (const auto& [place, value] : next) touched.next.push_back(value);
        pg::Params params = touched.Keys();
        params.AddArray(touched.next);
        SW_RETURN_IF_ERROR(connection.Exec("UPDATE bus.partition p SET next_offset = u.o FROM unnest($1::int[], $2::int[], $3::bigint[]) u(t, n, o) "
                                           "WHERE p.topic_id = u.t AND p.partition = u.n", params).status());
        // Delivered at commit; several for one channel become one.
        pg::Params topics;
        topics.AddArray(touched.topics);
        return connection.Exec("SELECT pg_notify('bus_topic_' || t, '') FROM unnest($1::int[]) t", topics).status();
    });
    return status.ok() ? status : FromPg(status);
}

void EmbeddedProducer::PurgeSometimes() {
    if (std::chrono::steady_clock::now() < next_purge_) return;
    next_purge_ = std::chrono::steady_clock::now() + kPurgeEvery;
    auto lease = pool_.Acquire(DeadlineIn(kAttempt));
    if (!lease.ok()) return;
    const auto purged = Purge(**lease);
    if (!purged.ok()) {
        log::Warn("embedded bus purge failed", {{"status", purged.status()}});
    } else if (*purged > 0) {
        next_purge_ = std::chrono::steady_clock::now();  // there may be more: go on after the next batch
    }
}

}  // namespace shouwang::bus::embedded
