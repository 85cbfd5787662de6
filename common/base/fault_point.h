// Fault injection: the process ends at a named point as kill -9 would end it, where SHOUWANG_FAULT names that point.
// "name" fires at the first passage, "name:3" at the third. Always compiled in, inert without the variable.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

namespace shouwang {

// name: a literal, e.g. "relay_after_report"; the README of its folder lists it.
inline void FaultPoint(std::string_view name) {
    struct Wanted {
        std::string name;
        std::atomic<long> passages{1};
    };
    static Wanted* const wanted = [] {
        auto* w = new Wanted;  // lives as long as the process: threads may pass while it ends
        const char* text = std::getenv("SHOUWANG_FAULT");
        if (text == nullptr) return w;
        w->name = text;
        if (const auto colon = w->name.find(':'); colon != std::string::npos) {
            w->passages = std::strtol(w->name.c_str() + colon + 1, nullptr, 10);
            w->name.resize(colon);
        }
        return w;
    }();
    if (wanted->name.empty() || wanted->name != name) return;
    if (wanted->passages.fetch_sub(1) == 1) _exit(137);
}

}  // namespace shouwang
