#include "services/gateway/http/exchange.h"

#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/trace/trace.h"

namespace shouwang::gateway::http {

void Exchange::Done(Status result) {
    std::lock_guard lock(mutex_);
    result_ = std::move(result);
    wake_.notify_one();
}

Status Exchange::Wait() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return result_.has_value(); });
    Status result = *std::move(result_);
    result_.reset();
    if (result.code == Code::kCancelled) closed_ = true;
    return result;
}

Result<std::string_view> Exchange::Next() {
    if (body_complete) {
        if (body_given_) return std::string_view();
        body_given_ = true;
        return std::string_view(body);
    }
    if (closed_)
        return MakeStatus(Code::kCancelled, "CLIENT_GONE", "the caller closed the connection");
    link_->AskPiece(shared_from_this());
    SW_RETURN_IF_ERROR(Wait());
    received_ += piece_size;
    if (received_ > route->max_body) {
        return MakeStatus(Code::kResourceExhausted, "BODY_TOO_LARGE",
                          "the body is larger than this route takes");
    }
    return std::string_view(piece.data(), piece_size);
}

void Exchange::Send(Response response) {
    if (!answered_) response_ = std::move(response);
    answered_ = true;
}

bool Exchange::Begin(int status, Headers headers) {
    if (answered_ || closed_) return false;
    answered_ = begun_ = true;
    status_ = status;
    link_->AskBegin(shared_from_this(), status, std::move(headers));
    if (!Wait().ok()) closed_ = true;
    return !closed_;
}

bool Exchange::Write(std::string_view bytes) {
    if (!begun_ || ended_ || closed_) return false;
    if (bytes.empty() || request.method == "HEAD") return true;
    link_->AskWrite(shared_from_this(), bytes);
    if (!Wait().ok()) closed_ = true;
    return !closed_;
}

void Exchange::End() {
    if (!begun_ || ended_ || closed_) return;
    ended_ = true;
    if (request.method == "HEAD") return;
    link_->AskWrite(shared_from_this(), {});
    if (!Wait().ok()) closed_ = true;
}

void Exchange::Run(const Guard& guard) {
    trace::Scope scope(trace::Context::Parse(request.traceparent));
    try {
        Status allowed = Status::Ok();
        if (route->policy.access() != options::v1::ACCESS_PUBLIC) allowed = guard(request, *route);
        if (allowed.ok()) {
            route->handler(request, *this, *this);
        } else {
            SendError(allowed);
        }
    } catch (const std::exception& e) {
        log::Error("handler threw", {{"route", route->metric}, {"what", e.what()}});
    }
    if (!answered_)
        SendError(MakeStatus(Code::kInternal, "INTERNAL", "the request could not be answered"));
    if (response_) status_ = response_->status;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started_;
    metrics::MakeCounter(
        "shouwang_gateway_http_requests_total", "HTTP requests answered",
        {{"route", route->metric}, {"status", std::to_string(status_ / 100) + "xx"}})
        .Add();
    metrics::MakeHistogram("shouwang_gateway_http_seconds",
                           "from the request's head to the end of its handler",
                           {{"route", route->metric}})
        .Observe(took.count());
    link_->AskFinish(shared_from_this());
}

}  // namespace shouwang::gateway::http
