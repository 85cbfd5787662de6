#include "common/bus/embedded_consumer.h"

#include <algorithm>
#include <thread>

#include "common/log/log.h"

namespace shouwang::bus::embedded {
namespace {

constexpr auto kRebalanceEvery = std::chrono::milliseconds(300);
constexpr auto kStatement = std::chrono::seconds(15);
constexpr std::int64_t kFetchBytes = 32 << 20;

Status NotAssigned(const std::string& topic, std::int32_t partition) {
    return MakeStatus(Code::kFailedPrecondition, "BUS_NOT_ASSIGNED", topic + "/" + std::to_string(partition) + " is not ours any more");
}

Status Closed() { return MakeStatus(Code::kFailedPrecondition, "BUS_CLOSED", "the consumer is closed"); }

}  // namespace

EmbeddedConsumer::EmbeddedConsumer(std::string conninfo, ConsumerOptions options)
    : conninfo_(std::move(conninfo)), options_(std::move(options)), metrics_(options_.group) {}

std::vector<Assignment> EmbeddedConsumer::assigned() const {
    std::vector<Assignment> out;
    for (const auto& [which, unused] : owned_) out.push_back(which);
    return out;
}

Status EmbeddedConsumer::Connect(Deadline deadline) {
    SW_ASSIGN_OR_RETURN(auto connection, pg::Connection::Open(conninfo_, deadline));
    connection->SetDeadline(DeadlineIn(kStatement));
    std::map<std::string, Membership> memberships;
    for (const auto& name : options_.topics) {
        SW_ASSIGN_OR_RETURN(topics_[name], FindTopic(*connection, name));
        SW_RETURN_IF_ERROR(connection->ExecScript("LISTEN " + ChannelOf(topics_[name].id)));
        auto& membership = memberships.try_emplace(name, *connection, options_.group, name, topics_[name].partitions).first->second;
        SW_RETURN_IF_ERROR(membership.Join());
    }
    connection_ = std::move(connection);
    memberships_ = std::move(memberships);
    next_rebalance_ = {};
    return Status::Ok();
}

void EmbeddedConsumer::Revoked(const std::vector<Assignment>& gone) {
    metrics_.Rebalanced();
    log::Info("bus partitions revoked", {{"group", options_.group}, {"partitions", gone.size()}, {"lost", connection_ == nullptr}});
    if (on_revoke_) on_revoke_(gone);
}

void EmbeddedConsumer::LoseAll() {
    memberships_.clear();
    connection_.reset();
    const auto gone = assigned();
    if (!gone.empty()) Revoked(gone);
    owned_.clear();
}

std::vector<Assignment> EmbeddedConsumer::OwnedOf(const std::string& topic) const {
    std::vector<Assignment> out;
    for (const auto& [which, unused] : owned_) {
        if (which.topic == topic) out.push_back(which);
    }
    return out;
}

Status EmbeddedConsumer::GiveBack(const std::string& topic, std::size_t count) {
    std::vector<Assignment> gone = OwnedOf(topic);
    gone.erase(gone.begin(), gone.end() - static_cast<std::ptrdiff_t>(count));
    Revoked(gone);  // may still commit
    for (const auto& which : gone) {
        owned_.erase(which);
        SW_RETURN_IF_ERROR(memberships_.at(topic).Release(which.partition));
    }
    return Status::Ok();
}

Status EmbeddedConsumer::Begin(const Assignment& taken) {
    const std::int32_t topic_id = topics_[taken.topic].id;
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection_->Exec("SELECT g.next_offset, p.next_offset, (SELECT min(m.msg_offset) FROM bus.message m "
                          "WHERE m.topic_id = p.topic_id AND m.partition = p.partition) FROM bus.partition p "
                          "LEFT JOIN bus.group_offset g ON g.topic_id = p.topic_id AND g.partition = p.partition AND g.group_name = $3 "
                          "WHERE p.topic_id = $1 AND p.partition = $2",
                          pg::P(topic_id, taken.partition, options_.group)));
    if (rows.size() != 1) return MakeStatus(Code::kInternal, "BUS_ERROR", taken.topic + " lacks a partition");
    const std::int64_t end = rows.Int(0, 1), first = rows.IsNull(0, 2) ? end : rows.Int(0, 2);
    const std::int64_t start = rows.IsNull(0, 0) ? (options_.from_beginning ? first : end) : std::max(rows.Int(0, 0), first);
    owned_[taken] = Owned{topic_id, start, start};
    return Status::Ok();
}

Status EmbeddedConsumer::Rebalance() {
    if (std::chrono::steady_clock::now() < next_rebalance_) return Status::Ok();
    for (auto& [topic, membership] : memberships_) {
        SW_ASSIGN_OR_RETURN(const std::size_t share, membership.FairShare());
        const std::size_t own = OwnedOf(topic).size();
        if (own > share) SW_RETURN_IF_ERROR(GiveBack(topic, own - share));
        if (own >= share) continue;
        SW_ASSIGN_OR_RETURN(const auto taken, membership.Take(share - own));
        for (const std::int32_t partition : taken) SW_RETURN_IF_ERROR(Begin({topic, partition}));
        if (taken.empty()) continue;
        metrics_.Rebalanced();
        log::Info("bus partitions assigned", {{"group", options_.group}, {"topic", topic}, {"partitions", own + taken.size()}});
    }
    next_rebalance_ = DeadlineIn(kRebalanceEvery);
    return Status::Ok();
}

Result<std::vector<Assignment>> EmbeddedConsumer::WithNews() {
    std::vector<Assignment> all = assigned(), news;
    std::rotate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(turn_++ % std::max<std::size_t>(1, all.size())), all.end());
    std::vector<std::int32_t> topics, partitions;
    std::vector<std::int64_t> positions;
    for (const auto& which : all) {
        topics.push_back(owned_[which].topic_id);
        partitions.push_back(which.partition);
        positions.push_back(owned_[which].position);
    }
    pg::Params params;
    params.AddArray(topics).AddArray(partitions).AddArray(positions);
    SW_ASSIGN_OR_RETURN(const pg::Rows rows,
                        connection_->Exec("SELECT u.i FROM unnest($1::int[], $2::int[], $3::bigint[]) WITH ORDINALITY u(t, n, o, i) "
                                          "JOIN bus.partition p ON p.topic_id = u.t AND p.partition = u.n "
                                          "WHERE p.next_offset > u.o ORDER BY u.i",
                                          params));
    for (int i = 0; i < rows.size(); ++i) news.push_back(all[static_cast<std::size_t>(rows.Int(i, 0)) - 1]);
    return news;
}

Status EmbeddedConsumer::FetchPartition(const Assignment& which, Owned& owned, std::size_t max, std::vector<Message>& out) {
    // Bounded in bytes too: the size of a stored value is known without reading it.
    SW_ASSIGN_OR_RETURN(
        const pg::Rows rows,
        connection_->Exec("SELECT msg_offset, written, key, value, headers FROM (SELECT *, sum(octet_length(value)) OVER (ORDER BY msg_offset) "
                          "- octet_length(value) AS before FROM (SELECT * FROM bus.message WHERE topic_id = $1 AND partition = $2 "
                          "AND msg_offset >= $3 ORDER BY msg_offset LIMIT $4) m) s WHERE before < $5 ORDER BY msg_offset",
                          pg::P(owned.topic_id, which.partition, owned.position, static_cast<std::int64_t>(max), kFetchBytes)));
    for (int i = 0; i < rows.size(); ++i) {
        Message& m = out.emplace_back();
        m.topic = which.topic;
        m.partition = which.partition;
        m.offset = rows.Int(i, 0);
        m.time = rows.Time(i, 1);
        m.key = rows.Bytes(i, 2);
        m.value = rows.Bytes(i, 3);
        m.headers = DecodeHeaders(rows.Bytes(i, 4));
        owned.position = m.offset + 1;
    }
    return Status::Ok();
}

Status EmbeddedConsumer::Fetch(std::size_t max, std::vector<Message>& out) {
    if (owned_.empty()) return Status::Ok();
    SW_ASSIGN_OR_RETURN(const auto news, WithNews());
    for (const auto& which : news) {
        if (out.size() >= max) break;
        SW_RETURN_IF_ERROR(FetchPartition(which, owned_[which], max - out.size(), out));
    }
    return Status::Ok();
}

// Connect where needed, rebalance where due, read; wait for news where there is nothing.
Status EmbeddedConsumer::OnePass(std::size_t max, Deadline deadline, std::vector<Message>& out) {
    if (!connection_) SW_RETURN_IF_ERROR(Connect(std::max(deadline, DeadlineIn(std::chrono::seconds(2)))));
    connection_->SetDeadline(DeadlineIn(kStatement));
    SW_RETURN_IF_ERROR(Rebalance());
    SW_RETURN_IF_ERROR(Fetch(max, out));
    if (!out.empty() || std::chrono::steady_clock::now() >= deadline) return Status::Ok();
    connection_->SetDeadline(std::nullopt);
    return connection_->WaitNotification(std::min(deadline, next_rebalance_)).status();
}

Result<std::vector<Message>> EmbeddedConsumer::Poll(std::size_t max, std::chrono::milliseconds wait) {
    if (closed_) return Closed();
    const Deadline deadline = DeadlineIn(wait);
    std::vector<Message> out;
    for (;;) {
        const Status status = OnePass(max, deadline, out);
        if (!status.ok()) {
            out.clear();
            LoseAll();  // locks and positions are those of a connection that cannot be trusted any more
            const Status mapped = FromPg(status);
            if (mapped.code != Code::kUnavailable) return mapped;
            // As with a broker that is away: nothing comes until it is back.
            log::Warn("embedded bus read failed", {{"group", options_.group}, {"status", mapped}});
            std::this_thread::sleep_until(std::min(deadline, DeadlineIn(std::chrono::milliseconds(200))));
        }
        if (!out.empty() || std::chrono::steady_clock::now() >= deadline) break;
    }
    for (const auto& message : out) metrics_.Consumed(message.topic, 1);
    return out;
}

Status EmbeddedConsumer::Commit(const std::string& topic, std::int32_t partition, std::int64_t offset) {
    if (closed_) return Closed();
    const auto it = owned_.find({topic, partition});
    if (it == owned_.end() || !connection_ || !connection_->alive()) return NotAssigned(topic, partition);
    connection_->SetDeadline(DeadlineIn(kStatement));
    const auto done = connection_->Exec(
        "INSERT INTO bus.group_offset (group_name, topic_id, partition, next_offset) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (group_name, topic_id, partition) DO UPDATE SET next_offset = excluded.next_offset",
        pg::P(options_.group, it->second.topic_id, partition, offset + 1));
    if (!done.ok()) return FromPg(done.status());
    it->second.committed = offset + 1;
    return Status::Ok();
}

Status EmbeddedConsumer::Seek(const std::string& topic, std::int32_t partition, std::int64_t offset) {
    if (closed_) return Closed();
    const auto it = owned_.find({topic, partition});
    if (it == owned_.end()) return NotAssigned(topic, partition);
    it->second.position = offset;
    return Status::Ok();
}

std::int64_t EmbeddedConsumer::Lag() {
    if (closed_ || !connection_) return -1;
    connection_->SetDeadline(DeadlineIn(kStatement));
    std::int64_t lag = 0;
    for (const auto& [which, owned] : owned_) {
        const auto rows = connection_->Exec("SELECT next_offset FROM bus.partition WHERE topic_id = $1 AND partition = $2",
                                            pg::P(owned.topic_id, which.partition));
        if (!rows.ok() || rows->size() != 1) return -1;
        lag += std::max<std::int64_t>(0, rows->Int(0, 0) - owned.committed);
    }
    metrics_.Lag(lag);
    return lag;
}

void EmbeddedConsumer::Close() {
    if (closed_) return;
    if (connection_ && connection_->alive()) {
        const auto gone = assigned();
        if (!gone.empty()) Revoked(gone);
    } else {
        LoseAll();
    }
    owned_.clear();
    memberships_.clear();
    connection_.reset();  // and with it every lock
    closed_ = true;
}

}  // namespace shouwang::bus::embedded
