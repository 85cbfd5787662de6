// What comes back to us and must be ours: page tokens, signed principals, sealed fields. Whatever is not exactly what was made is refused.
#include "common/model/page.h"
#include "common/rpc/principal.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "tests/fuzz/fuzz.h"

const long shouwang::fuzz::kMutations = 4000;

namespace shouwang {
namespace {

using fuzz::Require;

void PageToken(std::string_view text) {
    static const model::PageTokens& tokens = *new model::PageTokens(std::string(32, 'k'));
    monitoring::v1::ListLeadsRequest filter;
    filter.set_region_prefix("360681");
    filter.set_page_token(std::string(text));
    const auto position = tokens.Read(filter);
    if (!position.ok()) {
        Require(position.status().reason == "PAGE_TOKEN", "only the declared error");
        return;
    }
    Require(text.empty() || tokens.Make(*position, filter) == text, "a token that is taken is one that was made");
}

void Principal(std::string_view bytes) {
    static const auto& signer = *crypto::Signer::Generate()->release();
    static const ManualClock& clock = *new ManualClock(*ParseRfc3339("2021-06-30T08:00:00Z"));
    static rpc::PrincipalVerifier& verifier =
        *new rpc::PrincipalVerifier(*crypto::Verifier::FromPem(signer.public_pem()), clock);
    static const std::string good = [] {
        type::v1::Principal principal;
        principal.set_subject("accounts/fuzz");
        principal.set_expires_at(2'000'000'000);
        return rpc::SignPrincipal(signer, principal);
    }();
    Require(verifier.Verify(good).ok(), "the door's own principal is taken");
    Require(!verifier.Verify(bytes).ok(), "nobody else can make a principal");
    // One byte of a good one changed: another principal, or none.
    std::string changed = good;
    if (bytes.size() >= 2) changed[static_cast<unsigned char>(bytes[0]) % good.size()] ^= static_cast<char>(bytes[1]);
    const auto taken = verifier.Verify(changed);
    if (taken.ok()) Require(taken->subject() == "accounts/fuzz" && taken->expires_at() == 2'000'000'000, "what is taken says what was signed");
}

void Sealed(std::string_view bytes, const crypto::Sealer& sealer) {
    const auto opened = sealer.Open(bytes, "phone");
    if (!opened.ok())
        Require(opened.status().reason == "SEAL_BROKEN" || opened.status().reason == "SEAL_KEY_UNKNOWN", "only the declared errors");
    else
        Require(false, "nobody else can seal");
}

const crypto::Sealer& TestSealer() {
    static const crypto::Sealer& sealer = *[] {
        char path[] = "/tmp/shouwang-fuzz-keys-XXXXXX";
        const int file = mkstemp(path);
        Require(file >= 0, "a file for the keys");
        std::FILE* out = fdopen(file, "w");
        std::fputs(crypto::KeyRing::Generate(crypto::Suite::kInternational).c_str(), out);
        std::fputc('\n', out);
        std::fclose(out);
        auto ring = crypto::KeyRing::Load(path);
        std::remove(path);
        Require(ring.ok(), "the keys that were made can be read");
        return new crypto::Sealer(*std::move(ring));
    }();
    return sealer;
}

}  // namespace
}  // namespace shouwang

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    shouwang::fuzz::Input input(data, size);
    switch (input.Byte() % 3) {
        case 0:
            shouwang::PageToken(input.Rest());
            break;
        case 1:
            shouwang::Principal(input.Rest());
            break;
        default:
            shouwang::Sealed(input.Rest(), shouwang::TestSealer());
    }
    return 0;
}
