// Prometheus metrics of the process. Label values come from closed sets only, never ids. Thread-safe; handles are cheap to copy
// and live for ever.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace shouwang::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
public:
    void Add(double n = 1) const;
    double value() const;
private:
    friend Counter MakeCounter(const std::string&, const std::string&, const Labels&);
    void* impl_ = nullptr;
};
class Gauge {
public:
    void Set(double v) const;
    void Add(double n) const;
    double value() const;
private:
    friend Gauge MakeGauge(const std::string&, const std::string&, const Labels&);
    void* impl_ = nullptr;
};
class Histogram {
public:
    void Observe(double v) const;
private:
    friend Histogram MakeHistogram(const std::string&, const std::string&, const Labels&, const std::vector<double>&);
    void* impl_ = nullptr;
};

// name: shouwang_<area>_<what>_<unit>[_total]. The same name and labels give the same metric.
Counter MakeCounter(const std::string& name, const std::string& help, const Labels& labels = {});
Gauge MakeGauge(const std::string& name, const std::string& help, const Labels& labels = {});
// Buckets in seconds by default: 1 ms to 10 s.
Histogram MakeHistogram(const std::string& name, const std::string& help, const Labels& labels = {},
                        const std::vector<double>& buckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10});

// Text exposition of everything, process figures included (resident memory, CPU seconds, open files).
std::string Render();

// Serves /metrics, /livez and /readyz on 127.0.0.1:port (0 = any) from one thread. `ready` is asked at each /readyz.
// Start answers nullptr, and logs why, where the port cannot be had.
class Server {
public:
    static std::unique_ptr<Server> Start(int port, std::function<bool()> ready);
    virtual ~Server() = default;
    virtual int port() const = 0;
};

}  // namespace shouwang::metrics
