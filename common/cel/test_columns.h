// For tests: a block of columns made from worlds (test_world.h).
#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "common/cel/columns.h"
#include "common/cel/test_world.h"

namespace shouwang::cel {

class TestBlock final : public ColumnBlock {
public:
    // grouped: the parameters of every row are a group of their own; else all rows have the first
    // world's, which the others get too.
    void Fill(std::vector<TestWorld>& worlds, bool grouped) {
        columns_.clear();
        rows_ = worlds.size();
        first_ = {0};
        present_.clear();
        last_.clear();
        for (TestWorld& world : worlds) {
            if (!grouped) CopyParameters(worlds.front(), world);
            const auto size = static_cast<std::uint32_t>(std::max(world.size, 1));
            for (std::uint32_t i = 0; i < size; ++i) {
                const std::uint32_t element = first_.back() + i;
                SetBit(present_, element, world.size > 0);
                SetBit(last_, element, i + 1 == size);
            }
            first_.push_back(first_.back() + size);
        }
        const int members = VariableIndex("members");
        for (const TestWorld& world : worlds) {
            const auto row = static_cast<std::size_t>(&world - worlds.data());
            for (const auto& [key, cell] : world.cells) {
                const auto& [variable, element, field] = key;
                if (variable < 0) continue;
                const bool list = variable == members;
                Column& column = columns_[{variable, field}];
                column.bits = column.bits && (cell.value == 0 || cell.value == 1);
                const std::size_t at = list ? first_[row] + static_cast<std::size_t>(element) : row;
                column.cells[at] = cell;
            }
        }
        for (auto& [key, column] : columns_)
            column.Store(key.first == members ? first_.back() : rows_);
        FillParameters(worlds, grouped);
    }

    std::size_t rows() const override { return rows_; }
    ColumnView Field(int variable, int field_index) const override {
        const auto it = columns_.find({variable, field_index});
        if (it == columns_.end()) return {};
        const Column& column = it->second;
        if (column.bits) return {Width::kBit, column.bit_values.data(), column.known.data()};
        return {Width::k64, column.values.data(), column.known.data()};
    }
    ListView List(int) const override {
        return {first_.back(), first_.data(), last_.data(), present_.data()};
    }
    ParameterView Parameter(int parameter) const override {
        return {parameters_[static_cast<std::size_t>(parameter)].data(),
                groups_.empty() ? nullptr : groups_.data()};
    }

private:
    struct Column {
        std::map<std::size_t, FactCell> cells;
        bool bits = true;
        std::vector<std::uint64_t> known, bit_values;
        std::vector<std::int64_t> values;
        void Store(std::size_t rows) {
            known.assign(WordsFor(rows), 0);
            bit_values.assign(WordsFor(rows), 0);
            values.assign(WordsFor(rows) * 64, 0);
            for (const auto& [at, cell] : cells) {
                SetBit(known, at, true);
                SetBit(bit_values, at, cell.value != 0);
                values[at] = cell.value;
            }
        }
    };

    static void SetBit(std::vector<std::uint64_t>& bits, std::size_t at, bool value) {
        if (bits.size() <= at / 64) bits.resize(at / 64 + 1);
        if (value) bits[at / 64] |= std::uint64_t{1} << (at % 64);
    }
    static void CopyParameters(const TestWorld& from, TestWorld& to) {
        for (int i = 0; i < static_cast<int>(TestEnvironment().parameters().size()); ++i) {
            const FactCell cell = from.Param(i);
            to.cells.erase({-1, 0, i});
            if (cell.known) to.SetParam(i, cell.value);
        }
    }
    void FillParameters(const std::vector<TestWorld>& worlds, bool grouped) {
        parameters_.assign(TestEnvironment().parameters().size(), {});
        groups_.clear();
        for (std::size_t r = 0; r < (grouped ? worlds.size() : 1); ++r) {
            for (std::size_t i = 0; i < parameters_.size(); ++i)
                parameters_[i].push_back(worlds[r].Param(static_cast<int>(i)));
            if (grouped) groups_.push_back(static_cast<std::uint16_t>(r));
        }
    }

    std::size_t rows_ = 0;
    std::vector<std::uint32_t> first_;
    std::vector<std::uint64_t> last_, present_;
    std::map<std::pair<int, int>, Column> columns_;
    std::vector<std::vector<FactCell>> parameters_;
    std::vector<std::uint16_t> groups_;
};

}  // namespace shouwang::cel
