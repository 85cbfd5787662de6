// Figures of this process, read from /proc when asked. Private to common/metrics.
#pragma once

#include <vector>

#include <prometheus/metric_family.h>

namespace shouwang::metrics {

// process_resident_memory_bytes, process_cpu_seconds_total, process_open_fds, process_threads, process_start_time_seconds.
// A figure that cannot be read is left out.
std::vector<prometheus::MetricFamily> CollectProcess();

}  // namespace shouwang::metrics
