#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "common/base/bytes.h"
#include "common/crypto/crypto.h"
#include "common/crypto/file.h"

namespace shouwang::crypto {
namespace {

constexpr std::size_t kSecretSize = 32;
constexpr std::size_t kLongestId = 16;

std::atomic<std::uint64_t> next_serial{1};

Status Failed(std::string reason, std::string message) {
    return MakeStatus(Code::kFailedPrecondition, std::move(reason), std::move(message));
}

bool IsKeyId(std::string_view id) {
    return !id.empty() && id.size() <= kLongestId && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
}

// False where the line is none; never says what stood there.
bool ParseLine(const std::string& line, KeyRing::Key* key) {
    std::istringstream words(line);
    std::string hex, suite, more;
    if (!(words >> key->id >> hex >> suite) || (words >> more) || !IsKeyId(key->id)) return false;
    const auto secret = HexDecode(hex);
    if (!secret || secret->size() != kSecretSize) return false;
    if (suite != "aes256gcm" && suite != "sm4") return false;
    key->secret = *secret;
    key->suite = suite == "sm4" ? Suite::kShangMi : Suite::kInternational;
    return true;
}

}  // namespace

Result<std::string> ReadPrivateFile(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd < 0 || ::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        const std::string why = fd < 0 ? std::strerror(errno) : "not a regular file";
        if (fd >= 0) ::close(fd);
        return Failed("KEY_FILE_UNREADABLE", path + ": " + why);
    }
    const mode_t forbidden = info.st_uid == 0 ? 0037 : 0077;
    if ((info.st_mode & forbidden) != 0) {
        ::close(fd);
        return Failed("KEY_FILE_MODE", path + ": others may read it; chmod 600");
    }
    std::string text;
    std::array<char, 4096> block;
    ssize_t got = 0;
    while ((got = ::read(fd, block.data(), block.size())) > 0) {
        text.append(block.data(), static_cast<std::size_t>(got));
    }
    ::close(fd);
    if (got < 0) return Failed("KEY_FILE_UNREADABLE", path + ": cannot be read");
    return text;
}

Result<KeyRing> KeyRing::Load(const std::string& path) {
    SW_ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(path));
    KeyRing ring;
    std::istringstream lines(text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        const std::size_t first = line.find_first_not_of(" \t\r");
        if (first == std::string::npos || line[first] == '#') continue;
        Key key;
        if (!ParseLine(line, &key)) {
            return Failed("KEY_FILE_MALFORMED",
                          path + ":" + std::to_string(number) +
                              ": must be \"<id> <64 hex digits> <aes256gcm or sm4>\"");
        }
        if (ring.Find(key.id) != nullptr) {
            return Failed("KEY_FILE_MALFORMED",
                          path + ":" + std::to_string(number) + ": this id was there before");
        }
        key.serial = next_serial.fetch_add(1);
        ring.keys_.push_back(std::move(key));
    }
    if (ring.keys_.empty()) return Failed("KEY_FILE_MALFORMED", path + ": holds no key");
    return ring;
}

std::string KeyRing::Generate(Suite suite) {
    return "k" + HexEncode(RandomBytes(4)) + " " + HexEncode(RandomBytes(kSecretSize)) +
           (suite == Suite::kShangMi ? " sm4\n" : " aes256gcm\n");
}

const KeyRing::Key* KeyRing::Find(std::string_view id) const {
    for (const Key& key : keys_) {
        if (key.id == id) return &key;
    }
    return nullptr;
}

}  // namespace shouwang::crypto
