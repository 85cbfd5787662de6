// The second way to run a program: over the columns of many rows (households) at once, three-valued
// exactly as Program::Evaluate, row by row. The whole subset runs; nothing falls back to the
// interpreter. What differs: overflow and division by zero are unknown here too, but not counted.
//
// Memory contract: every array of a block is readable up to the next multiple of 64 rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/status.h"
#include "common/cel/cel.h"

namespace shouwang::cel {

// How a column stores its values; kNone: no row is known and nothing is stored.
enum class Width : std::uint8_t { kNone, kBit, k8, k16, k32, k64 };

struct ColumnView {
    Width width = Width::kNone;
    const void* values = nullptr;          // signed integers; kBit: a bit a row, 0 where unknown
    const std::uint64_t* known = nullptr;  // a bit a row
};

// The elements of a list variable, stored one row's after the other's. A row with an empty list
// has one placeholder element.
struct ListView {
    std::size_t elements = 0;
    const std::uint32_t* first = nullptr;    // rows + 1 positions
    const std::uint64_t* last = nullptr;     // a bit an element: the last one of its row
    const std::uint64_t* present = nullptr;  // a bit an element: 0 = a placeholder, or beyond
};

// A parameter: of row r, cells[group[r]]; where group is null, cells[0] for all rows.
struct ParameterView {
    const FactCell* cells = nullptr;
    const std::uint16_t* group = nullptr;
};

// Where a column program gets its operands: some rows (a thousand or so, to fit the cache).
class ColumnBlock {
public:
    virtual ~ColumnBlock() = default;
    virtual std::size_t rows() const = 0;
    // Of a list variable: a row an element.
    virtual ColumnView Field(int variable, int field_index) const = 0;
    virtual ListView List(int variable) const = 0;
    virtual ParameterView Parameter(int parameter) const = 0;
};

// Scratch memory of a thread: grows to what the largest block needs and stays.
class ColumnWorkspace {
public:
    struct Mark {
        std::size_t slab = 0, used = 0;
    };
    std::uint64_t* Take(std::size_t words);  // not initialised
    Mark Here() const { return at_; }
    void Release(Mark mark) { at_ = mark; }

    // For each element of a list the row it belongs to; kept while one block is run.
    std::vector<std::uint32_t>& Owners(std::size_t variable);

private:
    struct Slab {
        std::unique_ptr<std::uint64_t[]> words;
        std::size_t size = 0;
    };
    std::vector<Slab> slabs_;
    std::vector<std::vector<std::uint32_t>> owners_;
    Mark at_;
};

inline std::size_t WordsFor(std::size_t rows) { return (rows + 63) / 64; }

class ColumnProgram {
public:
    // INVALID_ARGUMENT "CEL_UNSUPPORTED" where the program holds something columns cannot run.
    static Result<std::shared_ptr<const ColumnProgram>> Compile(
        std::shared_ptr<const Program> program);

    // Writes WordsFor(rows) words each; a true row is known; bits beyond the rows are 0.
    // Thread-safe with a workspace a thread.
    void Run(const ColumnBlock& block, ColumnWorkspace& workspace, std::uint64_t* is_true,
             std::uint64_t* is_known) const;

    const Program& program() const { return *program_; }

private:
    ColumnProgram(std::shared_ptr<const Program> program, std::vector<std::uint8_t> slots)
        : program_(std::move(program)), slots_(std::move(slots)) {}

    std::shared_ptr<const Program> program_;
    std::vector<std::uint8_t> slots_;  // by node: the open macros whose element it reads, as bits
};

}  // namespace shouwang::cel
