// Works the queue of regions to screen again, and queues the whole deployment at the first moment of each business month: facts move
// with time even where no row comes.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "common/pg/pg.h"
#include "services/monitoring/usecase/rescreen.h"

namespace shouwang::monitoring::events {

class Sweeper {
public:
    Sweeper(std::string conninfo, std::unique_ptr<usecase::Rescreen> rescreen);
    ~Sweeper();
    void Start();
    void Stop();

private:
    void Run();
    void Idle(std::unique_ptr<pg::Connection>& listener);
    std::string conninfo_;
    std::unique_ptr<usecase::Rescreen> rescreen_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace shouwang::monitoring::events
