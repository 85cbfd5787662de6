// Composition root: makes every part, starts in order, stops in reverse.
#pragma once

#include <memory>

#include "common/base/status.h"
#include "services/monitoring/config.h"

namespace shouwang::monitoring {

class App {
public:
    explicit App(Config config);
    ~App();
    // Ready to serve when it answers ok.
    Status Start();
    // Drains and stops everything. Idempotent.
    void Stop();
    int rpc_port() const;
    int metrics_port() const;

private:
    struct Parts;
    Config config_;
    std::unique_ptr<Parts> parts_;
};

}  // namespace shouwang::monitoring
