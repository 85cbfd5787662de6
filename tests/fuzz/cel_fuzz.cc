// Rules of any text: compiled or refused with a place; what compiles evaluates, and its explanation says the same.
#include "common/cel/cel.h"
#include "common/cel/test_world.h"
#include "tests/fuzz/fuzz.h"

const long shouwang::fuzz::kMutations = 4000;

namespace shouwang::cel {
namespace {

using fuzz::Require;

// Every fact known, or none: values from the text's length.
class FlatWorld final : public Activation {
public:
    FlatWorld(bool known, std::int64_t value, int size) : cell_{known ? value : 0, known}, size_(size) {}
    FactCell Field(int, int, int) const override { return cell_; }
    int Size(int) const override { return size_; }
    FactCell Param(int) const override { return cell_; }

private:
    FactCell cell_;
    int size_;
};

}  // namespace
}  // namespace shouwang::cel

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace shouwang::cel;
    using shouwang::fuzz::Require;
    const std::string_view source(reinterpret_cast<const char*>(data), size);
    const auto program = Program::Compile(TestEnvironment(), source);
    if (!program.ok()) {
        Require(program.status().reason.starts_with("CEL_") && program.status().code == shouwang::Code::kInvalidArgument, "only the declared errors");
        return 0;
    }
    Require((*program)->source() == source, "a program knows its text");
    for (const FlatWorld& world : {FlatWorld(false, 0, 0), FlatWorld(true, 0, 2), FlatWorld(true, static_cast<std::int64_t>(size), 3),
                                   FlatWorld(true, std::numeric_limits<std::int64_t>::max(), 1)}) {
        std::vector<Read> reads;
        const Tri verdict = (*program)->Evaluate(world);
        Require(verdict == (*program)->Explain(world, reads), "the explanation is of the verdict");
        Require(verdict == (*program)->Evaluate(world), "the same facts, the same verdict");
    }
    return 0;
}
