// What every service's main does: read --config, start the App, wait for SIGTERM or SIGINT, stop it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/status.h"

namespace shouwang::app {

struct ServiceHooks {
    // Loads and checks the configuration; prints the documented settings where `print`.
    std::function<Status(const std::string& path, bool print)> load;
    std::function<std::string()> log_level;
    std::function<Status()> start;
    std::function<void()> stop;
};

// Exit code: 0 after a stop by signal or --print-config, 1 where the start failed (one line on stderr says why), 2 for wrong arguments.
int RunService(const std::string& name, int argc, char** argv, const ServiceHooks& hooks);

// Config: has log_level. App: App(Config), Start(), Stop().
template <typename Config, typename App>
int ServiceMain(const std::string& name, int argc, char** argv, Result<Config> (*load)(const std::string&, bool)) {
    Config config;
    std::unique_ptr<App> app;
    ServiceHooks hooks;
    hooks.load = [&](const std::string& path, bool print) -> Status {
        SW_ASSIGN_OR_RETURN(config, load(path, print));
        return Status::Ok();
    };
    hooks.log_level = [&] { return config.log_level; };
    hooks.start = [&] {
        app = std::make_unique<App>(config);
        return app->Start();
    };
    hooks.stop = [&] {
        if (app != nullptr) app->Stop();
    };
    return RunService(name, argc, argv, hooks);
}

}  // namespace shouwang::app
