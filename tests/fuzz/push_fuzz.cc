// A department's stream: messages in any order with anything in them end in a receipt or in a declared error.
// The input: two bytes of length and so many bytes of a PushRequest, again and again.
#include "services/gateway/feed/push.h"
#include "services/gateway/feed/receipts.h"
#include "services/gateway/feed/testing/door_world.h"
#include "tests/fuzz/fuzz.h"

const long shouwang::fuzz::kMutations = 300;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace shouwang::gateway::feed;
    using shouwang::fuzz::Require;
    namespace v1 = shouwang::gateway::v1;
    static int number = 0;
    static auto& kept = *new std::unique_ptr<testing::DoorWorld>;
    if (number % 256 == 0) kept = std::make_unique<testing::DoorWorld>();  // it remembers every batch
    testing::DoorWorld& world = *kept;
    const std::string batch = "p" + std::to_string(++number);
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    std::int64_t durable = -1;
    v1::Receipt receipt;
    const auto read = [&](v1::PushRequest& request) {
        if (rest.size() < 2) return false;
        const std::size_t length =
            std::min<std::size_t>(static_cast<unsigned char>(rest[0]) << 8 | static_cast<unsigned char>(rest[1]), rest.size() - 2);
        const bool parsed = request.ParseFromArray(rest.data() + 2, static_cast<int>(length));
        rest.remove_prefix(length + 2);
        if (parsed && request.has_open()) request.mutable_open()->set_batch(batch);  // a batch of its own each time
        return parsed;
    };
    const auto write = [&](const v1::PushResponse& answer) {
        Require(answer.last_durable_sequence() >= durable, "what is durable stays durable");
        durable = answer.last_durable_sequence();
        if (answer.has_receipt()) receipt = answer.receipt();
        return true;
    };
    const shouwang::Status status =
        RunPush(world.Parts(), world.Department(), shouwang::DeadlineIn(std::chrono::minutes(1)), read, write);
    Require(status.ok() == receipt.has_content(), "a receipt for a batch that was closed, and for no other");
    if (status.ok()) {
        Require(VerifyReceipt(*world.verifier, receipt).ok() && receipt.content().rows() == durable, "the receipt names all rows");
    } else {
        Require(!status.reason.empty() && status.code != shouwang::Code::kInternal, "a stream that is refused is told why");
    }
    return 0;
}
