#include "services/gateway/live/service.h"

#include "common/base/bytes.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "shouwang/event/v1/envelope.pb.h"
#include "shouwang/monitoring/event/v1/lead_event.pb.h"

namespace shouwang::gateway::live {

namespace event = shouwang::monitoring::event::v1;

namespace {

constexpr std::chrono::milliseconds kLook{
    250};  // how soon a stream notices that its caller has gone
constexpr std::chrono::seconds kRevalidate{15};

Status WatchLeads(Hub& hub, const StillValid& still_valid, rpc::CallContext& context,
                  const v1::WatchLeadsRequest& request,
                  const std::function<bool(const v1::WatchLeadsResponse&)>& write) {
    Hub::Filter filter;
    SW_ASSIGN_OR_RETURN(filter.region, context.Scoped(request.region_prefix()));
    for (const int grade : request.grades()) {
        if (!monitoring::v1::Grade_IsValid(grade) || grade == 0)
            return InvalidField("grades", "a declared grade");
        filter.grades.insert(grade);
    }
    SW_ASSIGN_OR_RETURN(const std::unique_ptr<Hub::Watcher> watcher, hub.Watch(std::move(filter)));
    auto checked = std::chrono::steady_clock::now();
    while (!context.cancelled()) {
        SW_ASSIGN_OR_RETURN(const std::vector<Item> items, watcher->Next(kLook));
        for (const Item& item : items) {
            if (!write(*item)) return Status::Ok();
        }
        if (std::chrono::steady_clock::now() - checked < kRevalidate) continue;
        checked = std::chrono::steady_clock::now();
        if (!still_valid(context.principal.session()))
            return MakeStatus(Code::kUnauthenticated, "SESSION_ENDED",
                              "the session is over; sign in again");
    }
    if (std::chrono::steady_clock::now() >= context.deadline)
        return MakeStatus(Code::kDeadlineExceeded, "DEADLINE",
                          "the stream has run its longest time");
    return Status::Ok();
}

template <typename Event>
bool Unpack(const google::protobuf::Any& any, const char* name, v1::WatchLeadsResponse& out) {
    Event data;
    if (!any.Is<Event>() || !any.UnpackTo(&data)) return false;
    out.set_event(name);
    *out.mutable_lead() = std::move(*data.mutable_lead());
    return true;
}

}  // namespace

void AddTo(rpc::Methods& methods, Hub& hub, StillValid still_valid) {
    methods.ServerStream<v1::WatchLeadsRequest, v1::WatchLeadsResponse>(
        "shouwang.gateway.v1.LiveService.WatchLeads",
        [&hub, still_valid = std::move(still_valid)](
            rpc::CallContext& context, const v1::WatchLeadsRequest& request,
            const std::function<bool(const v1::WatchLeadsResponse&)>& write) {
            return WatchLeads(hub, still_valid, context, request, write);
        });
}

std::optional<v1::WatchLeadsResponse> FromEnvelope(std::string_view value) {
    shouwang::event::v1::Envelope envelope;
    if (!envelope.ParseFromArray(value.data(), static_cast<int>(value.size()))) return std::nullopt;
    v1::WatchLeadsResponse item;
    const google::protobuf::Any& data = envelope.data();
    const bool known = Unpack<event::LeadOpened>(data, "opened", item) ||
                       Unpack<event::LeadUpdated>(data, "updated", item) ||
                       Unpack<event::LeadMoved>(data, "moved", item) ||
                       Unpack<event::LeadClosed>(data, "closed", item);
    return known ? std::optional(std::move(item)) : std::nullopt;
}

void Feeder::Start() {
    thread_ = std::thread([this] { Run(); });
}

void Feeder::Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

void Feeder::Run() {
    while (!stopping_) {
        bus::ConsumerOptions options;
        options.group = "gateway-live-" + Uuid4();
        options.topics = {std::string(kLeadTopic)};
        options.from_beginning = false;
        Result<std::unique_ptr<bus::Consumer>> consumer = bus_.NewConsumer(std::move(options));
        if (consumer.ok()) {
            Consume(**consumer);
            (*consumer)->Close();
        } else {
            log::Warn("live view has no bus", {{"status", consumer.status()}});
        }
        attached_ = false;
        for (int i = 0; i < 20 && !stopping_; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

void Feeder::Consume(bus::Consumer& consumer) {
    static const metrics::Counter seen =
        metrics::MakeCounter("shouwang_gateway_live_events_total", "lead events handed to the hub");
    static const metrics::Counter skipped = metrics::MakeCounter(
        "shouwang_gateway_live_skipped_total", "events of the lead topic that are no lead events");
    while (!stopping_) {
        const Result<std::vector<bus::Message>> messages =
            consumer.Poll(500, std::chrono::milliseconds(100));
        if (!messages.ok()) {
            log::Warn("live view lost the bus", {{"status", messages.status()}});
            return;
        }
        attached_ = !consumer.assigned().empty();
        for (const bus::Message& message : *messages) {
            std::optional<v1::WatchLeadsResponse> item = FromEnvelope(message.value);
            if (!item) {
                skipped.Add();
                continue;
            }
            seen.Add();
            hub_.Publish(*std::move(item));
        }
    }
}

}  // namespace shouwang::gateway::live
