#include "common/metrics/process.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace shouwang::metrics {
namespace {

struct Stat {
    double threads = 0;
    double start_ticks = 0;   // since boot
    double resident_pages = 0;
};

std::optional<Stat> ReadStat() {
    std::ifstream file("/proc/self/stat");
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    // The program's name stands in brackets and may hold blanks; what follows the last bracket is regular.
    const std::size_t bracket = text.rfind(')');
    if (bracket == std::string::npos) return std::nullopt;
    std::istringstream rest(text.substr(bracket + 1));
    std::string word;
    Stat stat;
    // proc(5) counts from 1; the word behind the bracket is field 3.
    for (int field = 3; field <= 24; ++field) {
        if (!(rest >> word)) return std::nullopt;
        if (field == 20) stat.threads = std::stod(word);
        if (field == 22) stat.start_ticks = std::stod(word);
        if (field == 24) stat.resident_pages = std::stod(word);
    }
    return stat;
}

std::optional<double> BootTime() {
    std::ifstream file("/proc/stat");
    std::string word;
    while (file >> word) {
        double seconds = 0;
        if (word == "btime" && file >> seconds) return seconds;
    }
    return std::nullopt;
}

std::optional<double> OpenFiles() {
    DIR* const directory = ::opendir("/proc/self/fd");
    if (directory == nullptr) return std::nullopt;
    int count = 0;
    while (::readdir(directory) != nullptr) ++count;
    ::closedir(directory);
    return count - 3;  // ".", ".." and the directory just opened
}

double CpuSeconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

prometheus::MetricFamily Family(const char* name, const char* help, prometheus::MetricType type,
                                double value) {
    prometheus::ClientMetric metric;
    metric.gauge.value = value;
    metric.counter.value = value;
    return {name, help, type, {metric}};
}

}  // namespace

std::vector<prometheus::MetricFamily> CollectProcess() {
    using prometheus::MetricType;
    std::vector<prometheus::MetricFamily> out;
    out.push_back(Family("process_cpu_seconds_total", "User and system CPU time of the process",
                         MetricType::Counter, CpuSeconds()));
    if (const auto files = OpenFiles()) {
        out.push_back(Family("process_open_fds", "Open file descriptors", MetricType::Gauge, *files));
    }
    if (const auto stat = ReadStat()) {
        out.push_back(Family("process_resident_memory_bytes", "Resident memory", MetricType::Gauge,
                             stat->resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE))));
        out.push_back(Family("process_threads", "Threads", MetricType::Gauge, stat->threads));
        if (const auto boot = BootTime()) {
            out.push_back(Family(
                "process_start_time_seconds", "Start of the process, seconds since 1970",
                MetricType::Gauge,
                *boot + stat->start_ticks / static_cast<double>(::sysconf(_SC_CLK_TCK))));
        }
    }
    return out;
}

}  // namespace shouwang::metrics
