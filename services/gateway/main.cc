// shouwang-gateway: the only door.
#include "common/app/service_main.h"
#include "services/gateway/app.h"

int main(int argc, char** argv) {
    return shouwang::app::ServiceMain<shouwang::gateway::Config, shouwang::gateway::App>(
        "gateway", argc, argv, shouwang::gateway::LoadConfig);
}
