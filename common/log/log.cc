#include "common/log/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/base/date.h"
#include "common/trace/trace.h"

namespace shouwang::log {
namespace {

// Never destroyed: threads and destructors of static objects may write until the very end.
struct State {
    std::atomic<Level> level{Level::kInfo};
    std::atomic<std::shared_ptr<const std::string>> service{
        std::make_shared<const std::string>("shouwang")};
    spdlog::logger logger{"shouwang", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

    State() {
        logger.set_level(spdlog::level::trace);
        logger.set_pattern("%v");
        logger.flush_on(spdlog::level::trace);
    }
};

State& Global() {
    static State* const state = new State;
    return *state;
}

const char* Name(Level level) {
    switch (level) {
        case Level::kDebug: return "debug";
        case Level::kInfo: return "info";
        case Level::kWarn: return "warn";
        case Level::kError: return "error";
    }
    return "error";
}

spdlog::level::level_enum SpdLevel(Level level) {
    switch (level) {
        case Level::kDebug: return spdlog::level::debug;
        case Level::kInfo: return spdlog::level::info;
        case Level::kWarn: return spdlog::level::warn;
        case Level::kError: return spdlog::level::err;
    }
    return spdlog::level::err;
}

// Malformed UTF-8 becomes U+FFFD: a log line is valid JSON whatever a department sends.
void AppendQuoted(std::string_view text, std::string* out) {
    *out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void AppendMember(std::string_view name, std::string_view value, bool quoted, std::string* out) {
    *out += ',';
    AppendQuoted(name, out);
    *out += ':';
    if (quoted) {
        AppendQuoted(value, out);
    } else {
        *out += value;
    }
}

}  // namespace

FieldValue::FieldValue(double v) : text(nlohmann::json(v).dump()), quoted(false) {}

void Init(std::string service, Level level) {
    Global().service.store(std::make_shared<const std::string>(std::move(service)));
    Global().level.store(level);
}

void Write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    State& state = Global();
    if (level < state.level.load(std::memory_order_relaxed)) return;
    std::string line = "{\"time\":\"" + ToRfc3339(std::chrono::system_clock::now()) + '"';
    AppendMember("level", Name(level), true, &line);
    AppendMember("service", *state.service.load(), true, &line);
    AppendMember("event", event, true, &line);
    const trace::Context& context = trace::Current();
    if (!context.trace_id.empty()) {
        AppendMember("trace", context.trace_id, true, &line);
        AppendMember("span", context.span_id, true, &line);
    }
    for (const auto& [name, value] : fields) AppendMember(name, value.text, value.quoted, &line);
    line += '}';
    state.logger.log(SpdLevel(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace shouwang::log
