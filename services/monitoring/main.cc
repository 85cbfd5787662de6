// shouwang-monitoring: dynamic monitoring and support (防返贫动态监测和帮扶).
#include "common/app/service_main.h"
#include "services/monitoring/app.h"

int main(int argc, char** argv) {
    return shouwang::app::ServiceMain<shouwang::monitoring::Config, shouwang::monitoring::App>("monitoring", argc, argv, shouwang::monitoring::LoadConfig);
}
