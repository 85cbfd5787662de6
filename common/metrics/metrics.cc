#include "common/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <iterator>

#include "common/metrics/process.h"

namespace shouwang::metrics {
namespace {

// Never destroyed, because handles live for ever. Merge: declaring a metric again finds the first one.
prometheus::Registry& Registry() {
    static auto* const registry =
        new prometheus::Registry(prometheus::Registry::InsertBehavior::Merge);
    return *registry;
}

}  // namespace

void Counter::Add(double n) const { static_cast<prometheus::Counter*>(impl_)->Increment(n); }
double Counter::value() const { return static_cast<prometheus::Counter*>(impl_)->Value(); }
void Gauge::Set(double v) const { static_cast<prometheus::Gauge*>(impl_)->Set(v); }
void Gauge::Add(double n) const { static_cast<prometheus::Gauge*>(impl_)->Increment(n); }
double Gauge::value() const { return static_cast<prometheus::Gauge*>(impl_)->Value(); }
void Histogram::Observe(double v) const {
    static_cast<prometheus::Histogram*>(impl_)->Observe(v);
}

Counter MakeCounter(const std::string& name, const std::string& help, const Labels& labels) {
    Counter out;
    out.impl_ =
        &prometheus::BuildCounter().Name(name).Help(help).Register(Registry()).Add(labels);
    return out;
}

Gauge MakeGauge(const std::string& name, const std::string& help, const Labels& labels) {
    Gauge out;
    out.impl_ = &prometheus::BuildGauge().Name(name).Help(help).Register(Registry()).Add(labels);
    return out;
}

Histogram MakeHistogram(const std::string& name, const std::string& help, const Labels& labels,
                        const std::vector<double>& buckets) {
    Histogram out;
    out.impl_ = &prometheus::BuildHistogram().Name(name).Help(help).Register(Registry()).Add(
        labels, buckets);
    return out;
}

std::string Render() {
    auto families = Registry().Collect();
    auto process = CollectProcess();
    families.insert(families.end(), std::make_move_iterator(process.begin()),
                    std::make_move_iterator(process.end()));
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace shouwang::metrics
