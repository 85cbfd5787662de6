// The clock a service works by: the real time, or for a demo one that starts at a chosen moment.
#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"

namespace shouwang::app {

// start: RFC 3339, checked by the service's configuration; empty = the real time.
inline std::unique_ptr<Clock> BusinessClock(const std::string& start) {
    if (start.empty()) return std::make_unique<SystemClock>();
    return std::make_unique<ShiftedClock>(*ParseRfc3339(start));
}

}  // namespace shouwang::app
