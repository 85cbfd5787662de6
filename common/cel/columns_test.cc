// Columns against the interpreter: random programs over blocks of random rows, with both sets of
// kernels; the kernels themselves at their edges.
#include <array>

#include <gtest/gtest.h>

#include "common/cel/column_kernels.h"
#include "common/cel/columns.h"
#include "common/cel/test_columns.h"
#include "common/cel/test_rules.h"

namespace shouwang::cel {
namespace {

Tri VerdictAt(const std::vector<std::uint64_t>& t, const std::vector<std::uint64_t>& k,
              std::size_t row) {
    const bool is_true = (t[row / 64] >> (row % 64) & 1) != 0;
    const bool is_known = (k[row / 64] >> (row % 64) & 1) != 0;
    EXPECT_TRUE(is_known || !is_true) << "a true row is known";
    return !is_known ? Tri::kUnknown : is_true ? Tri::kTrue : Tri::kFalse;
}

TEST(Columns, EqualTheInterpreter) {
    constexpr int kPrograms = 1200;
    constexpr std::array<std::size_t, 4> kRows = {1, 63, 64, 150};
    std::mt19937 random(20210601);
    ColumnWorkspace workspace;
    std::array<int, 3> verdicts{};
    for (int p = 0; p < kPrograms; ++p) {
        const std::string source = Source(*Generator(random()).Bool(2 + p % 4));
        const auto program = Program::Compile(TestEnvironment(), source);
        ASSERT_TRUE(program.ok()) << source;
        const auto columns = ColumnProgram::Compile(*program);
        ASSERT_TRUE(columns.ok()) << source;
        TestBlock block;
        std::vector<TestWorld> worlds(kRows[static_cast<std::size_t>(p) % kRows.size()]);
        for (TestWorld& world : worlds) world = RandomWorld(random);
        block.Fill(worlds, p % 3 == 0);
        std::vector<std::uint64_t> t(WordsFor(worlds.size())), k(t.size());
        (*columns)->Run(block, workspace, t.data(), k.data());
        for (std::size_t r = 0; r < worlds.size(); ++r) {
            const Tri wanted = (*program)->Evaluate(worlds[r]);
            ASSERT_EQ(VerdictAt(t, k, r), wanted) << source << "\nrow " << r;
            ++verdicts[static_cast<std::size_t>(wanted)];
        }
        if (worlds.size() % 64 != 0) {
            ASSERT_EQ((t.back() | k.back()) >> (worlds.size() % 64), 0u) << "beyond the rows";
        }
    }
    for (const int count : verdicts) EXPECT_GT(count, 2000);
}

// A pattern of hits and of ends of rows.
struct Elements {
    std::vector<std::uint64_t> hits, last;
    std::size_t rows = 0;
    std::vector<bool> wanted;
};

Elements RandomElements(std::mt19937& random, std::size_t words) {
    Elements e;
    e.hits.assign(words, 0);
    e.last.assign(words, 0);
    const unsigned one_in = 1 + random() % 9, hit_in = 1 + random() % 40;
    bool hit = false;
    for (std::size_t i = 0; i < words * 64; ++i) {
        if (random() % hit_in == 0) {
            e.hits[i / 64] |= std::uint64_t{1} << (i % 64);
            hit = true;
        }
        if (random() % one_in != 0 && i + 1 < words * 64) continue;
        e.last[i / 64] |= std::uint64_t{1} << (i % 64);
        e.wanted.push_back(hit);
        hit = false;
    }
    e.rows = e.wanted.size();
    return e;
}

TEST(Kernels, AnyCarriesAHitToItsRow) {
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        const Elements e = RandomElements(random, 1 + random() % 12);
        for (const ColumnKernels* kernels : {&PlainKernels(), &BestKernels()}) {
            std::vector<std::uint64_t> out(e.rows / 64 + 1);
            kernels->any(e.hits.data(), e.last.data(), e.last.size(), out.data());
            for (std::size_t r = 0; r < e.rows; ++r)
                ASSERT_EQ((out[r / 64] >> (r % 64) & 1) != 0, e.wanted[r]) << round << " " << r;
        }
    }
}

TEST(Kernels, PlainAndBestAgree) {
    constexpr std::int64_t kValues[] = {0,   1,    -1,    2,     127,        128,       -128,
                                        255, 4096, 65535, -7000, 2147483647, INT64_MAX, INT64_MIN};
    std::mt19937_64 random(11);
    const auto draw = [&] {
        return random() % 3 == 0 ? static_cast<std::int64_t>(random()) : kValues[random() % 14];
    };
    for (int round = 0; round < 300; ++round) {
        alignas(64) std::int64_t a[128], b[128], plain_out[128], best_out[128];
        alignas(64) std::int8_t narrow[128];
        for (int i = 0; i < 128; ++i) {
            a[i] = draw();
            b[i] = draw();
            narrow[i] = static_cast<std::int8_t>(a[i]);
        }
        std::uint64_t plain_bits[2], best_bits[2];
        const auto same = [&] {
            ASSERT_EQ(plain_bits[0], best_bits[0]);
            ASSERT_EQ(plain_bits[1], best_bits[1]);
        };
        for (const Arithmetic op : {Arithmetic::kAdd, Arithmetic::kSubtract, Arithmetic::kMultiply,
                                    Arithmetic::kDivide, Arithmetic::kModulo}) {
            PlainKernels().arithmetic(op, a, b, 2, plain_out, plain_bits);
            BestKernels().arithmetic(op, a, b, 2, best_out, best_bits);
            same();
            ASSERT_TRUE(std::equal(plain_out, plain_out + 128, best_out));
        }
        for (const Comparison op : {Comparison::kLess, Comparison::kGreater, Comparison::kEqual}) {
            PlainKernels().compare(op, a, b, 2, plain_bits);
            BestKernels().compare(op, a, b, 2, best_bits);
            same();
            const std::int64_t scalar = draw();
            PlainKernels().compare_scalar(op, Width::k8, narrow, 2, scalar, plain_bits);
            BestKernels().compare_scalar(op, Width::k8, narrow, 2, scalar, best_bits);
            same();
            for (int i = 0; i < 128; ++i) {
                const bool wanted = op == Comparison::kLess      ? narrow[i] < scalar
                                    : op == Comparison::kGreater ? narrow[i] > scalar
                                                                 : narrow[i] == scalar;
                ASSERT_EQ((best_bits[i / 64] >> (i % 64) & 1) != 0, wanted) << scalar;
            }
        }
    }
}

}  // namespace
}  // namespace shouwang::cel
