#include "services/monitoring/domain/parameters.h"

#include <gtest/gtest.h>

#include <set>

namespace shouwang::monitoring::domain {
namespace {

TEST(DefaultParameters, ParseAndSaySourceUnitAndLabels) {
    const auto all = DefaultParameters();
    ASSERT_TRUE(all.ok()) << all.status().message;
    std::set<std::string> names;
    for (const auto& p : all->parameters()) {
        EXPECT_TRUE(names.insert(p.name()).second) << p.name();
        EXPECT_NE(p.unit(), options::v1::UNIT_UNSPECIFIED) << p.name();
        EXPECT_FALSE(p.source().empty() || p.label().zh().empty() || p.label().en().empty()) << p.name();
        EXPECT_LE(p.min(), p.max()) << p.name();
        for (const auto& v : p.defaults()) EXPECT_TRUE(v.value() >= p.min() && v.value() <= p.max()) << p.name();
    }
    EXPECT_TRUE(names.contains("lead.visit_red_hours"));
}

}  // namespace
}  // namespace shouwang::monitoring::domain
