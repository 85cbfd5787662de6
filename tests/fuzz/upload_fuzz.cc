// Whole files at the feed door: every row has its outcome, and the pieces a file came in do not show in its receipt.
#include "services/gateway/feed/receipts.h"
#include "services/gateway/feed/testing/door_world.h"
#include "services/gateway/feed/upload.h"
#include "tests/fuzz/fuzz.h"

const long shouwang::fuzz::kMutations = 300;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace shouwang::gateway::feed;
    using shouwang::fuzz::Require;
    static int number = 0;
    static auto& kept = *new std::unique_ptr<testing::DoorWorld>;
    if (number % 256 == 0) kept = std::make_unique<testing::DoorWorld>();  // it remembers every batch
    testing::DoorWorld& world = *kept;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::string first = "f" + std::to_string(++number), second = first + "-again";
    const auto whole = world.Upload(first, text, "", 1 << 20);
    const auto pieces = world.Upload(second, text, "", 1 + size % 11);
    Require(whole.ok() == pieces.ok() && whole.status().reason == pieces.status().reason, "the pieces decide nothing");
    if (!whole.ok()) {
        Require(!whole.status().reason.empty() && whole.status().code != shouwang::Code::kInternal, "a file that is refused is told why");
        return 0;
    }
    const auto& a = whole->content();
    const auto& b = pieces->content();
    Require(a.rows() == b.rows() && a.rejected() == b.rejected() && a.content_hash() == b.content_hash() && a.merkle_root() == b.merkle_root(),
            "the receipt is about the rows, not the pieces");
    Require(a.rejected() <= a.rows(), "no more rows are refused than came");
    Require(VerifyReceipt(*world.verifier, *whole).ok(), "the receipt can be verified");
    return 0;
}
