// The clock is always injected. Domain code gets a Date or TimePoint as an argument and never asks.
#pragma once

#include <atomic>
#include <chrono>

#include "common/base/date.h"

namespace shouwang {

class Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint Now() const = 0;
    Date Today() const { return DateAt(Now()); }
};

class SystemClock final : public Clock {
public:
    TimePoint Now() const override { return std::chrono::system_clock::now(); }
};

// Runs at normal speed from a chosen moment: the demo province lives in 2021. Thread-safe.
class ShiftedClock final : public Clock {
public:
    explicit ShiftedClock(TimePoint start) : offset_(start - std::chrono::system_clock::now()) {}
    TimePoint Now() const override { return std::chrono::system_clock::now() + offset_; }

private:
    std::chrono::system_clock::duration offset_;
};

// Stands until told. Thread-safe.
class ManualClock final : public Clock {
public:
    explicit ManualClock(TimePoint now) : now_(now.time_since_epoch().count()) {}
    TimePoint Now() const override { return TimePoint(TimePoint::duration(now_.load())); }
    void Set(TimePoint now) { now_.store(now.time_since_epoch().count()); }
    void Advance(TimePoint::duration by) { now_.fetch_add(by.count()); }

private:
    std::atomic<TimePoint::rep> now_;
};

using Deadline = std::chrono::steady_clock::time_point;
inline Deadline DeadlineIn(std::chrono::milliseconds in) { return std::chrono::steady_clock::now() + in; }

}  // namespace shouwang
