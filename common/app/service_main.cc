#include "common/app/service_main.h"

#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "common/log/log.h"

namespace shouwang::app {
namespace {

log::Level LevelOf(const std::string& name) {
    if (name == "debug") return log::Level::kDebug;
    if (name == "warn") return log::Level::kWarn;
    if (name == "error") return log::Level::kError;
    return log::Level::kInfo;
}

int Serve(const std::string& name, const ServiceHooks& hooks) {
    // Blocked before any thread starts, so that all inherit it and only sigwait below sees them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);
    const Status started = hooks.start();
    if (!started.ok()) {
        log::Error("start failed", {{"error", started}});
        hooks.stop();
        return 1;
    }
    int received = 0;
    sigwait(&signals, &received);
    log::Info("stopping", {{"signal", received}});
    hooks.stop();
    log::Info("stopped", {{"service", name}});
    return 0;
}

}  // namespace

int RunService(const std::string& name, int argc, char** argv, const ServiceHooks& hooks) {
    CLI::App cli("shouwang-" + name);
    std::string config;
    bool print = false;
    cli.add_option("--config", config, "TOML file; settings can also come as SHOUWANG_<SECTION>_<NAME>");
    cli.add_flag("--print-config", print, "show every setting with its value and meaning, then end");
    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return cli.exit(e) == 0 ? 0 : 2;
    }
    try {
        const Status loaded = hooks.load(config, print);
        if (!loaded.ok()) {
            std::fprintf(stderr, "%s: %s\n", name.c_str(), loaded.message.c_str());
            return 1;
        }
        if (print) return 0;
        log::Init(name, LevelOf(hooks.log_level()));
        return Serve(name, hooks);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", name.c_str(), e.what());
        return 1;
    }
}

}  // namespace shouwang::app
