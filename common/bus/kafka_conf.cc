#include "common/bus/kafka_conf.h"

#include "common/bus/bus.h"
#include "common/log/log.h"

namespace shouwang::bus::kafka {
namespace {

void OnLog(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
    const auto as = level <= 3 ? log::Level::kError : level <= 4 ? log::Level::kWarn : log::Level::kInfo;
    log::Write(as, "kafka client", {{"client", rd_kafka_name(handle)}, {"facility", facility}, {"text", text}});
}

}  // namespace

std::string MaxMessageBytes() { return std::to_string(kMaxMessageBytes + 500'000); }

Result<ConfPtr> NewConf(const std::string& brokers, const Settings& settings) {
    ConfPtr conf(rd_kafka_conf_new());
    auto set = [&](const char* key, const std::string& value) -> Status {
        char why[512];
        if (rd_kafka_conf_set(conf.get(), key, value.c_str(), why, sizeof why) == RD_KAFKA_CONF_OK) return Status::Ok();
        return MakeStatus(Code::kInternal, "BUS_CONFIG", why);
    };
    const Settings common = {
        {"bootstrap.servers", brokers},
        {"client.id", "shouwang"},
        // A broker that is away answers soon instead of after a minute, and is found again soon after its start.
        {"socket.timeout.ms", "15000"},
        {"reconnect.backoff.ms", "50"},
        {"reconnect.backoff.max.ms", "1000"},
        {"socket.nagle.disable", "true"},
        {"message.max.bytes", MaxMessageBytes()},
        {"receive.message.max.bytes", "200000000"},
        {"allow.auto.create.topics", "false"},
        {"log.connection.close", "false"},
    };
    for (const auto& [key, value] : common) SW_RETURN_IF_ERROR(set(key, value));
    for (const auto& [key, value] : settings) SW_RETURN_IF_ERROR(set(key, value));
    rd_kafka_conf_set_log_cb(conf.get(), &OnLog);
    return conf;
}

Result<HandlePtr> NewHandle(rd_kafka_type_t type, ConfPtr conf) {
    char why[512];
    HandlePtr handle(rd_kafka_new(type, conf.get(), why, sizeof why));
    if (!handle) return MakeStatus(Code::kInternal, "BUS_CONFIG", why);
    conf.release();  // owned by the handle from here on
    return handle;
}

Status ToStatus(rd_kafka_resp_err_t error, const std::string& what) {
    const std::string text = what + ": " + rd_kafka_err2str(error);
    switch (error) {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return Status::Ok();
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: return MakeStatus(Code::kNotFound, "BUS_TOPIC_UNKNOWN", text);
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE: return MakeStatus(Code::kInvalidArgument, "BUS_MESSAGE_TOO_LARGE", text);
        // The group has moved on without us. A rebalance that has begun counts too: the partitions come back, uncommitted.
        case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
        case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
        case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
        case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST: return MakeStatus(Code::kFailedPrecondition, "BUS_NOT_ASSIGNED", text);
        case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID: return MakeStatus(Code::kFailedPrecondition, "BUS_FENCED", text);
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
        case RD_KAFKA_RESP_ERR__WAIT_COORD:
        case RD_KAFKA_RESP_ERR__RESOLVE:
        case RD_KAFKA_RESP_ERR__FATAL:
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
        case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
        case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
        case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
        case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
        case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
        case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
        case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND: return MakeStatus(Code::kUnavailable, "BUS_UNAVAILABLE", text);
        default: return MakeStatus(Code::kInternal, "BUS_ERROR", text);
    }
}

}  // namespace shouwang::bus::kafka
