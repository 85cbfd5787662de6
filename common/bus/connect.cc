#include "common/bus/bus.h"
#include "common/bus/embedded.h"
#include "common/bus/kafka.h"

namespace shouwang::bus {

Result<std::unique_ptr<Bus>> Connect(const std::string& address) {
    constexpr std::string_view kKafka = "kafka://", kEmbedded = "embedded:";
    if (address.starts_with(kKafka) && address.size() > kKafka.size()) return ConnectKafka(address.substr(kKafka.size()));
    if (address.starts_with(kEmbedded) && address.size() > kEmbedded.size()) return ConnectEmbedded(address.substr(kEmbedded.size()));
    // The address may hold a password: it is not repeated.
    return MakeStatus(Code::kInvalidArgument, "BUS_ADDRESS", "a bus address is kafka://host:port,… or embedded:<libpq connection string>");
}

}  // namespace shouwang::bus
