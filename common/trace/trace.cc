#include "common/trace/trace.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "common/base/bytes.h"

namespace shouwang::trace {
namespace {

thread_local Context current;

// The standard allows lower-case digits alone, and an id of zeros means "none".
bool IsId(std::string_view text) {
    const bool hex = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    return hex && text.find_first_not_of('0') != std::string_view::npos;
}

// 16 random bytes as 32 hex digits; Uuid4's fixed bits are left in, 122 random ones are plenty.
std::string RandomHex32() {
    std::string id = Uuid4();
    std::erase(id, '-');
    return id;
}

}  // namespace

Context Context::New() { return {RandomHex32(), RandomHex32().substr(16), true}; }

Context Context::Parse(std::string_view traceparent) {
    // version "-" trace id "-" span id "-" flags; later versions may go on behind another "-".
    const auto& t = traceparent;
    if (t.size() < 55 || t[2] != '-' || t[35] != '-' || t[52] != '-') return {};
    const auto version = HexDecode(t.substr(0, 2));
    const auto flags = HexDecode(t.substr(53, 2));
    if (!version || !flags || t.substr(0, 2) == "ff") return {};
    if (t.size() > 55 && (t.substr(0, 2) == "00" || t[55] != '-')) return {};
    const auto trace_id = t.substr(3, 32);
    const auto span_id = t.substr(36, 16);
    if (!IsId(trace_id) || !IsId(span_id)) return {};
    return {std::string(trace_id), std::string(span_id), ((*flags)[0] & 1) != 0};
}

Context Context::Child() const {
    if (trace_id.empty()) return {};
    return {trace_id, RandomHex32().substr(16), sampled};
}

std::string Context::ToString() const {
    if (trace_id.empty()) return "";
    return "00-" + trace_id + "-" + span_id + (sampled ? "-01" : "-00");
}

const Context& Current() { return current; }

Scope::Scope(Context context) : previous_(std::exchange(current, std::move(context))) {}
Scope::~Scope() { current = std::move(previous_); }

}  // namespace shouwang::trace
