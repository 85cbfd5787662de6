// shouwang-province: writes the files of a synthetic province. See README.md.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "tests/province/generate.h"

namespace {

using shouwang::Month;

std::string SetMonths(const std::string& text, shouwang::province::Options& options) {
    const auto dots = text.find("..");
    const auto from = Month::Parse(text.substr(0, dots));
    const auto to = dots == std::string::npos ? from : Month::Parse(text.substr(dots + 2));
    if (!from || !to) return "months must look like 2021-01..2021-06";
    options.from = *from;
    options.to = *to;
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    shouwang::province::Options options;
    options.divisions_dir = "services/monitoring/data";
    options.census_dir = "tests/province/data";
    std::string months = "2021-01..2021-06", format = "files";
    CLI::App app{
        "Writes the department files of a synthetic province (see tests/province/README.md)"};
    app.add_option("--out", options.out, "folder to write to; must be empty or absent")->required();
    app.add_option("--scale", options.scale, "1 = the whole of Jiangxi")
        ->check(CLI::Range(0.0005, 1.0))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "another seed, another province")->capture_default_str();
    app.add_option("--months", months, "first and last month")->capture_default_str();
    app.add_option("--format", format,
                   "files (as departments write them) or rows (length-delimited messages)")
        ->check(CLI::IsMember({"files", "rows"}))
        ->capture_default_str();
    app.add_option("--threads", options.threads, "0 = as many as there are processors")
        ->capture_default_str();
    app.add_option("--divisions", options.divisions_dir, "folder of the division tables")
        ->capture_default_str();
    app.add_option("--census", options.census_dir, "folder of the census table")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    if (const std::string wrong = SetMonths(months, options); !wrong.empty()) {
        std::fprintf(stderr, "shouwang-province: %s\n", wrong.c_str());
        return 2;
    }
    options.rows = format == "rows";
    const auto start = std::chrono::steady_clock::now();
    try {
        const auto summary = shouwang::province::Generate(options);
        if (!summary.ok()) {
            std::fprintf(stderr, "shouwang-province: %s\n", summary.status().message.c_str());
            return 1;
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        std::printf("%zu households, %lld persons, %lld rows in %.1f s\n", summary->households,
                    static_cast<long long>(summary->persons), static_cast<long long>(summary->rows),
                    took.count());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "shouwang-province: %s\n", error.what());
        return 1;
    }
    return 0;
}
