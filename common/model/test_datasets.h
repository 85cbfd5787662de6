// The linked datasets of monitoring, for the tests of this folder. Identity numbers in these tests
// are made up; their check characters are computed.
#pragma once

#include <string>

#include "common/base/identity_number.h"
#include "common/model/dataset.h"
#include "shouwang/monitoring/feed/v1/economy.pb.h"
#include "shouwang/monitoring/feed/v1/health.pb.h"
#include "shouwang/monitoring/feed/v1/home.pb.h"
#include "shouwang/monitoring/feed/v1/livelihood.pb.h"
#include "shouwang/monitoring/feed/v1/order.pb.h"
#include "shouwang/monitoring/feed/v1/registry.pb.h"
#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::model {

namespace feed = ::shouwang::monitoring::feed::v1;

inline const Catalogue& TestCatalogue() {
    static const Catalogue catalogue(
        {feed::MedicalSettlement::descriptor()->file(), feed::SchoolStatus::descriptor()->file(),
         feed::HouseGrade::descriptor()->file(), feed::Vehicle::descriptor()->file(),
         feed::RegistryMember::descriptor()->file(), feed::IndustryProject::descriptor()->file()},
        {{"person", monitoring::v1::PersonFacts::descriptor()},
         {"household", monitoring::v1::HouseholdFacts::descriptor()},
         {"village", monitoring::v1::VillageFacts::descriptor()}});
    return catalogue;
}

// "36068119800101" + sequence + check character.
inline std::string TestIdentity(int sequence = 123, const std::string& prefix = "360681",
                                const std::string& birth = "19800101") {
    std::string first17 = prefix + birth + std::to_string(1000 + sequence % 1000).substr(1);
    return first17 + IdentityCheckCharacter(first17);
}

inline RowContext TestContext() {
    RowContext context;
    context.today = *Date::Parse("2021-06-30");
    context.region_known = [](std::string_view code) { return code.substr(0, 2) == "36"; };
    context.prefix_known = [](std::string_view prefix) {
        return prefix == "360681" || prefix == "362100";
    };
    return context;
}

inline const DatasetField& FieldOf(const Dataset& dataset, std::string_view name) {
    for (const DatasetField& field : dataset.fields) {
        if (field.field->name() == name) return field;
    }
    std::abort();
}

}  // namespace shouwang::model
