// A folder with a generated province, removed at the end. Used by tests only.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/province/generate.h"

namespace shouwang::province {

inline Options TestOptions(double scale) {
    Options options;
    options.scale = scale;
    options.divisions_dir = "services/monitoring/data";
    options.census_dir = "tests/province/data";
    return options;
}

class TestProvince {
public:
    explicit TestProvince(Options options) {
        std::string path =
            (std::filesystem::temp_directory_path() / "shouwang-province-XXXXXX").string();
        folder_ = ::mkdtemp(path.data()) != nullptr ? path : std::string();
        options.out = folder_ + "/out";
        auto summary = Generate(options);
        EXPECT_TRUE(summary.ok()) << summary.status().message;
        if (summary.ok()) summary_ = *summary;
    }
    ~TestProvince() { std::filesystem::remove_all(folder_); }
    TestProvince(const TestProvince&) = delete;
    TestProvince& operator=(const TestProvince&) = delete;

    std::string out() const { return folder_ + "/out"; }
    const Summary& summary() const { return summary_; }

private:
    std::string folder_;
    Summary summary_;
};

}  // namespace shouwang::province
