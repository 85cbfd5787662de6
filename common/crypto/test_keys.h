// Key files for the tests of this folder.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/crypto/crypto.h"

namespace shouwang::crypto {

class KeyFiles {
public:
    KeyFiles() {
        std::string pattern = ::testing::TempDir() + "keys_XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
    }
    ~KeyFiles() { std::filesystem::remove_all(directory_); }

    std::string Write(const std::string& text, mode_t mode = 0600) {
        const std::string path = directory_ + "/" + std::to_string(++count_);
        std::ofstream(path) << text;
        ::chmod(path.c_str(), mode);
        return path;
    }
    KeyRing Ring(const std::string& text) {
        auto ring = KeyRing::Load(Write(text));
        EXPECT_TRUE(ring.ok()) << ring.status().message;
        return *std::move(ring);
    }
    std::string path() const { return directory_; }

private:
    std::string directory_;
    int count_ = 0;
};

}  // namespace shouwang::crypto
