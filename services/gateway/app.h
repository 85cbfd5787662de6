// Composition root: makes every part, starts in order, stops in reverse.
#pragma once

#include <memory>

#include "common/base/status.h"
#include "services/gateway/config.h"

namespace shouwang::gateway {

class App {
public:
    explicit App(Config config);
    ~App();
    // Ready to serve when it answers ok.
    Status Start();
    // Readiness off → live streams told → running calls end → ports close. Idempotent.
    void Stop();
    int http_port() const;
    int rpc_port() const;
    int metrics_port() const;

private:
    struct Parts;
    Config config_;
    std::unique_ptr<Parts> parts_;
};

}  // namespace shouwang::gateway
