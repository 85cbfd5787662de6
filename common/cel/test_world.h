// For tests: an environment over the monitoring facts and an activation whose values are set one by
// one.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "common/cel/cel.h"
#include "shouwang/monitoring/v1/facts.pb.h"

namespace shouwang::cel {

inline const Environment& TestEnvironment() {
    static const Environment environment(
        {{"household", monitoring::v1::HouseholdFacts::descriptor(), false},
         {"members", monitoring::v1::PersonFacts::descriptor(), true},
         {"village", monitoring::v1::VillageFacts::descriptor(), false},
         {"param", nullptr, false},
         {"line", nullptr, false}},
        {{"line.income_fen", options::v1::UNIT_FEN},
         {"param.days", options::v1::UNIT_DAYS},
         {"param.months", options::v1::UNIT_MONTHS}});
    return environment;
}

inline int VariableIndex(std::string_view name) {
    const auto& all = TestEnvironment().variables();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].name == name) return static_cast<int>(i);
    }
    return -1;
}

inline int FieldIndex(int variable, const std::string& name) {
    return TestEnvironment()
        .variables()[static_cast<std::size_t>(variable)]
        .message->FindFieldByName(name)
        ->index();
}

// What is not set is unknown.
class TestWorld final : public Activation {
public:
    FactCell Field(int variable, int element, int field_index) const override {
        return At({variable, element, field_index});
    }
    int Size(int variable) const override {
        return variable == VariableIndex("members") ? size : 0;
    }
    FactCell Param(int parameter) const override { return At({-1, 0, parameter}); }

    void Set(const std::string& variable, int element, const std::string& field,
             std::int64_t value) {
        const int index = VariableIndex(variable);
        cells[{index, element, FieldIndex(index, field)}] = {value, true};
    }
    void SetParam(int index, std::int64_t value) { cells[{-1, 0, index}] = {value, true}; }

    int size = 0;
    std::map<std::tuple<int, int, int>, FactCell> cells;

private:
    FactCell At(const std::tuple<int, int, int>& key) const {
        const auto it = cells.find(key);
        return it == cells.end() ? FactCell{} : it->second;
    }
};

}  // namespace shouwang::cel
