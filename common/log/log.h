// Structured logs: one JSON object a line on stderr (time, level, service, event, trace id, fields). Values are escaped; personal
// data never goes in. Thread-safe.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status.h"

namespace shouwang::log {

enum class Level { kDebug, kInfo, kWarn, kError };

struct FieldValue {
    std::string text;
    bool quoted = true;
    FieldValue(std::string_view v) : text(v) {}
    FieldValue(const char* v) : text(v) {}
    FieldValue(const std::string& v) : text(v) {}
    FieldValue(bool v) : text(v ? "true" : "false"), quoted(false) {}
    template <std::integral T>
        requires(!std::same_as<T, bool> && !std::same_as<T, char>)
    FieldValue(T v) : text(std::to_string(v)), quoted(false) {}
    FieldValue(double v);  // null where it is not finite
    FieldValue(const Status& v) : text(v.reason + ": " + v.message) {}
};
using Field = std::pair<std::string_view, FieldValue>;

void Init(std::string service, Level level);
// event: a fixed phrase ("batch applied"); everything variable is a field.
void Write(Level level, std::string_view event, std::initializer_list<Field> fields = {});
inline void Debug(std::string_view event, std::initializer_list<Field> fields = {}) { Write(Level::kDebug, event, fields); }
inline void Info(std::string_view event, std::initializer_list<Field> fields = {}) { Write(Level::kInfo, event, fields); }
inline void Warn(std::string_view event, std::initializer_list<Field> fields = {}) { Write(Level::kWarn, event, fields); }
inline void Error(std::string_view event, std::initializer_list<Field> fields = {}) { Write(Level::kError, event, fields); }

}  // namespace shouwang::log
