// A synthetic province as facts: drawn household by household from rates of the kind the demo
// province uses (tests/province/rates.h), keyed by the household's number, so that any part of it
// can be drawn again. It has no rows: what is drawn is what the facts would be, and who is unknown.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/cel/cel.h"

namespace shouwang::bench {

class DrawnHousehold final : public cel::Activation {
public:
    explicit DrawnHousehold(std::uint32_t index);

    cel::FactCell Field(int variable, int element, int field_index) const override;
    int Size(int variable) const override;
    // Parameters are the rule book's matter.
    cel::FactCell Param(int) const override { return {}; }

    std::int64_t id() const { return id_; }
    const std::string& region() const { return region_; }

private:
    friend class Drawer;
    using Cells = std::vector<cel::FactCell>;  // by field index
    std::int64_t id_;
    std::string region_;
    Cells household_, village_;
    std::vector<Cells> members_;
};

}  // namespace shouwang::bench
