#include "tests/province/generate.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "tests/province/household.h"
#include "tests/province/life.h"
#include "tests/province/output.h"
#include "tests/province/row_writer.h"
#include "tests/province/rows_region.h"

namespace shouwang::province {
namespace {

constexpr std::uint32_t kShard = 1024;  // households

// Shards are drawn by any thread and written in their order.
class Generator {
public:
    Generator(const Reference& reference, const Plan& plan, const Options& options, Output& output)
        : reference_(reference),
          plan_(plan),
          options_(options),
          output_(output),
          counties_(reference.counties.size()),
          shards_(counties_ + (plan.households.size() + kShard - 1) / kShard) {}

    void Run() {
        const unsigned wanted = options_.threads > 0 ? static_cast<unsigned>(options_.threads)
                                                     : std::thread::hardware_concurrency();
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < std::max(1u, wanted); ++i)
            threads.emplace_back([this] { Work(); });
        for (std::thread& thread : threads) thread.join();
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    void Work() {
        try {
            for (;;) {
                const std::size_t shard = Take();
                if (shard >= shards_) return;
                const ShardOutput out = Draw(shard);
                std::unique_lock lock(mutex_);
                turn_.wait(lock, [&] { return written_ == shard || failure_; });
                if (failure_) return;
                output_.Append(out);
                ++written_;
                turn_.notify_all();
            }
        } catch (...) {
            const std::lock_guard lock(mutex_);
            failure_ = std::current_exception();
            turn_.notify_all();
        }
    }
    std::size_t Take() {
        const std::lock_guard lock(mutex_);
        return failure_ ? shards_ : next_++;
    }
    // Shards 0 … counties-1: what is told of each county's villages; then the households.
    ShardOutput Draw(std::size_t shard) const {
        ShardOutput out;
        Mailroom mail(reference_, options_, out);
        if (shard < counties_) {
            TellRegions(reference_, plan_, options_, static_cast<int>(shard), mail);
        } else {
            Life life(reference_, plan_, options_, mail, out.truth);
            const auto first = static_cast<std::uint32_t>((shard - counties_) * kShard);
            const auto end =
                std::min(first + kShard, static_cast<std::uint32_t>(plan_.households.size()));
            for (std::uint32_t i = first; i < end; ++i)
                life.Run(DrawHousehold(reference_, plan_, options_, i));
        }
        if (!options_.rows) {
            for (std::size_t at = 0; at < out.files.size(); ++at) {
                FileBuffer& buffer = out.files[at];
                buffer.bytes = Encode(AllDatasets()[at % AllDatasets().size()].habits.charset,
                                      std::move(buffer.bytes));
            }
        }
        return out;
    }

    const Reference& reference_;
    const Plan& plan_;
    const Options& options_;
    Output& output_;
    const std::size_t counties_, shards_;
    std::mutex mutex_;
    std::condition_variable turn_;
    std::size_t next_ = 0, written_ = 0;
    std::exception_ptr failure_;
};

}  // namespace

Result<Summary> Generate(const Options& options) {
    if (!(options.scale > 0 && options.scale <= 1))
        return InvalidField("scale", "above 0, at most 1");
    if (options.to < options.from || options.to.index - options.from.index > 23)
        return InvalidField("months", "a range of at most 24 months");
    SW_ASSIGN_OR_RETURN(
        const Reference reference,
        Reference::Load(options.divisions_dir, options.census_dir, options.province));
    SW_ASSIGN_OR_RETURN(Plan plan, MakePlan(reference, options));
    plan.age_weight = CalibrateAges(reference, plan, options.seed);
    SW_ASSIGN_OR_RETURN(const std::unique_ptr<Output> output,
                        Output::Create(reference, plan, options));
    Generator(reference, plan, options, *output).Run();
    Summary summary;
    summary.rows = output->Finish();
    summary.households = plan.households.size();
    for (const HouseholdSlot& slot : plan.households) summary.persons += slot.size;
    return summary;
}

}  // namespace shouwang::province
