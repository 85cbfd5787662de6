// Repeated measurements: median and spread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace shouwang::bench {

struct Series {
    std::vector<double> seconds;
    double Median() const {
        std::vector<double> sorted = seconds;
        std::sort(sorted.begin(), sorted.end());
        return sorted[sorted.size() / 2];
    }
    double Least() const { return *std::min_element(seconds.begin(), seconds.end()); }
    double Most() const { return *std::max_element(seconds.begin(), seconds.end()); }
};

// Once to warm up, then `runs` times.
template <typename Work>
Series Measure(int runs, Work work) {
    Series series;
    for (int i = -1; i < runs; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        if (i >= 0) series.seconds.push_back(took.count());
    }
    return series;
}

inline void Print(const std::string& what, const Series& series, double households) {
    std::printf("%-58s %9.4f s  (%.4f - %.4f)  %12.0f households/s\n", what.c_str(),
                series.Median(), series.Least(), series.Most(), households / series.Median());
    std::fflush(stdout);
}

}  // namespace shouwang::bench
