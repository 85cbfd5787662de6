#include "common/testing/servers.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "common/testing/child.h"

namespace shouwang::testing {

std::string TestKafka(std::string* why) {
    const char* const bus = std::getenv("SHOUWANG_BUS");
    const char* const address = std::getenv("SHOUWANG_TEST_KAFKA");
    std::string reason;
    if (bus != nullptr && std::string_view(bus) == "embedded") {
        reason = "SHOUWANG_BUS=embedded: this run has no broker";
    } else if (address == nullptr || *address == '\0') {
        reason = "SHOUWANG_TEST_KAFKA is not set: no broker to test against";
    }
    if (why != nullptr) *why = reason;
    return reason.empty() ? address : "";
}

std::string TempDir() { return ChildDirectory(""); }

bool Eventually(const std::function<bool()>& condition, double seconds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    auto pause = std::chrono::microseconds(500);
    for (;;) {
        if (condition()) return true;
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::microseconds(20'000));
    }
}

}  // namespace shouwang::testing
