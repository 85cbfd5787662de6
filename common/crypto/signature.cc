#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fstream>
#include <iterator>

#include "common/base/bytes.h"
#include "common/crypto/evp.h"
#include "common/crypto/file.h"

namespace shouwang::crypto {
namespace {

using Bio = std::unique_ptr<BIO, evp::Free<BIO_free_all>>;

constexpr std::size_t kSignatureSize = 64;
constexpr std::size_t kKeyIdBytes = 8;

Status NoKey(const std::string& what) {
    return MakeStatus(Code::kFailedPrecondition, "KEY_FILE_MALFORMED",
                      what + " is not an Ed25519 key in PEM");
}

Bio ReadBio(std::string_view text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string Content(const Bio& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

// An encrypted PEM must fail, not ask at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

std::string KeyIdOf(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    evp::Insist(i2d_PUBKEY_bio(bio.get(), key) == 1, "public key");
    return HexEncode(Sha256(Content(bio)).substr(0, kKeyIdBytes));
}

class Ed25519Signer final : public Signer {
public:
    explicit Ed25519Signer(evp::Key key) : key_(std::move(key)), id_(KeyIdOf(key_.get())) {}

    std::string Sign(std::string_view message) const override {
        const evp::DigestCtx context(EVP_MD_CTX_new());
        std::string out(kSignatureSize, '\0');
        std::size_t size = out.size();
        evp::Insist(
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                EVP_DigestSign(context.get(), evp::Data(out), &size, evp::Data(message),
                               message.size()) == 1,
            "Ed25519");
        return out;
    }
    std::string private_pem() const override {
        const Bio bio(BIO_new(BIO_s_mem()));
        evp::Insist(PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                             nullptr) == 1,
                    "PEM");
        return Content(bio);
    }
    std::string public_pem() const override {
        const Bio bio(BIO_new(BIO_s_mem()));
        evp::Insist(PEM_write_bio_PUBKEY(bio.get(), key_.get()) == 1, "PEM");
        return Content(bio);
    }
    std::string key_id() const override { return id_; }

private:
    evp::Key key_;
    std::string id_;
};

class Ed25519Verifier final : public Verifier {
public:
    explicit Ed25519Verifier(evp::Key key) : key_(std::move(key)), id_(KeyIdOf(key_.get())) {}

    bool Verify(std::string_view message, std::string_view signature) const override {
        const evp::DigestCtx context(EVP_MD_CTX_new());
        return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
               EVP_DigestVerify(context.get(), evp::Data(signature), signature.size(),
                                evp::Data(message), message.size()) == 1;
    }
    std::string key_id() const override { return id_; }

private:
    evp::Key key_;
    std::string id_;
};

}  // namespace

Result<std::unique_ptr<Signer>> Signer::Load(const std::string& pem_path) {
    SW_ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(pem_path));
    evp::Key key(PEM_read_bio_PrivateKey(ReadBio(text).get(), nullptr, NoPassphrase, nullptr));
    if (!key || EVP_PKEY_is_a(key.get(), "ED25519") != 1) return NoKey(pem_path);
    return std::unique_ptr<Signer>(std::make_unique<Ed25519Signer>(std::move(key)));
}

Result<std::unique_ptr<Signer>> Signer::Generate() {
    evp::Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!key) {
        return MakeStatus(Code::kInternal, "KEY_GENERATION", "no Ed25519 key could be made");
    }
    return std::unique_ptr<Signer>(std::make_unique<Ed25519Signer>(std::move(key)));
}

Result<std::unique_ptr<Verifier>> Verifier::FromPem(std::string_view public_pem) {
    evp::Key key(PEM_read_bio_PUBKEY(ReadBio(public_pem).get(), nullptr, NoPassphrase, nullptr));
    if (!key || EVP_PKEY_is_a(key.get(), "ED25519") != 1) return NoKey("the public key");
    return std::unique_ptr<Verifier>(std::make_unique<Ed25519Verifier>(std::move(key)));
}

Result<std::unique_ptr<Verifier>> Verifier::Load(const std::string& pem_path) {
    std::ifstream file(pem_path, std::ios::binary);
    if (!file.is_open()) {
        return MakeStatus(Code::kFailedPrecondition, "KEY_FILE_UNREADABLE",
                          pem_path + ": cannot be read");
    }
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    return FromPem(text);
}

}  // namespace shouwang::crypto
