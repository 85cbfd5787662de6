#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_set>

#include "common/base/bytes.h"
#include "common/base/identity_number.h"
#include "shouwang/monitoring/feed/v1/registry.pb.h"
#include "tests/province/datasets.h"
#include "tests/province/file_reader.h"
#include "tests/province/household.h"
#include "tests/province/identity.h"
#include "tests/province/test_province.h"

namespace shouwang::province {
namespace {

namespace fs = std::filesystem;

// Hash of every file's bytes, by path.
std::map<std::string, std::uint64_t> Hashes(const std::string& folder) {
    std::map<std::string, std::uint64_t> hashes;
    for (const auto& item : fs::recursive_directory_iterator(folder)) {
        if (item.is_regular_file())
            hashes[fs::relative(item.path(), folder).string()] =
                Hash64(ReadWhole(item.path().string()));
    }
    return hashes;
}

Options Threads(double scale, int threads, std::uint64_t seed = 2021) {
    Options options = TestOptions(scale);
    options.threads = threads;
    options.seed = seed;
    return options;
}

TEST(Province, SameSeedSameBytesWithAnyNumberOfThreads) {
    const TestProvince one(Threads(0.005, 1)), four(Threads(0.005, 4)), other(Threads(0.005, 2, 7));
    const auto hashes = Hashes(one.out());
    EXPECT_GT(hashes.size(), 150u);
    EXPECT_EQ(hashes, Hashes(four.out()));
    EXPECT_NE(hashes, Hashes(other.out()));
}

TEST(Province, ALaterEndChangesNothingBefore) {
    Options shorter = TestOptions(0.003);
    shorter.to = shorter.from + 1;
    const TestProvince two(shorter), six(TestOptions(0.003));
    const auto expected = ReadManifest(six.out());
    // The registry as it was before the first month depends on nothing that happens later.
    const std::string path = "/feeds/2020-12/rural_revitalization/registry_member.csv";
    EXPECT_TRUE(ReadWhole(two.out() + path) == ReadWhole(six.out() + path));
    EXPECT_LT(ReadManifest(two.out()).size(), expected.size());
}

TEST(Province, RefusesWhatItCannotDo) {
    Options nothing = TestOptions(0.01);
    nothing.out = "/tmp";
    EXPECT_EQ(Generate(nothing).status().reason, "OUT_NOT_EMPTY");
    Options large = TestOptions(1.5);
    EXPECT_EQ(Generate(large).status().code, Code::kInvalidArgument);
    Options backwards = TestOptions(0.01);
    backwards.to = backwards.from - 1;
    EXPECT_EQ(Generate(backwards).status().code, Code::kInvalidArgument);
    Options nowhere = TestOptions(0.01);
    nowhere.census_dir = "tests/province/no-such-folder";
    EXPECT_EQ(Generate(nowhere).status().reason, "REFERENCE_MISSING");
}

TEST(Province, EveryDatasetOfEveryDepartmentOccurs) {
    const TestProvince province(TestOptions(0.01));
    std::map<std::string, long long> rows;
    std::set<std::string> departments;
    for (const ManifestEntry& entry : ReadManifest(province.out())) {
        rows[entry.dataset] += entry.rows;
        departments.insert(entry.department);
        EXPECT_EQ(entry.rows, entry.applied + entry.rejected + entry.duplicate + entry.unmatched)
            << entry.path;
        EXPECT_EQ(entry.batch, entry.path.substr(6, 7) + "-" + entry.dataset);
    }
    for (const DatasetInfo& info : AllDatasets())
        EXPECT_GE(rows[info.options.id()], 3) << info.options.id();
    EXPECT_GE(rows.size(), 30u);
    EXPECT_EQ(departments.size(), 20u);
}

// A receiver that holds complete batches of unheard-of volume has no reason to hold one of these.
TEST(Province, CompleteFilesHaveTheVolumeOfTheMonthsBefore) {
    const TestProvince province(TestOptions(0.03));
    std::map<std::string, std::vector<long long>> history;
    for (const ManifestEntry& entry : ReadManifest(province.out())) {
        if (!entry.complete) continue;
        auto& before = history[entry.dataset];
        if (!before.empty()) {
            std::vector<long long> last(
                before.end() -
                    std::min<std::ptrdiff_t>(6, static_cast<std::ptrdiff_t>(before.size())),
                before.end());
            std::sort(last.begin(), last.end());
            const long long median = last[last.size() / 2];
            EXPECT_GE(entry.rows + 10, median / 2) << entry.path;
            EXPECT_LE(entry.rows, median * 2 + 10) << entry.path;
        }
        before.push_back(entry.rows);
    }
    EXPECT_EQ(history["medical_settlement"].size(), 18u);
    EXPECT_GE(history.size(), 15u);
}

TEST(Province, BinaryRowsAreLengthDelimitedMessages) {
    Options options = TestOptions(0.003);
    options.rows = true;
    const TestProvince province(options);
    long long members = 0, expected = 0;
    for (const ManifestEntry& entry : ReadManifest(province.out())) {
        EXPECT_TRUE(entry.path.ends_with(".rows"));
        const std::string bytes = ReadWhole(province.out() + "/" + entry.path);
        long long rows = 0;
        for (std::size_t at = 0; at < bytes.size(); ++rows) {
            std::uint32_t size = 0;
            for (int shift = 0;; shift += 7) {
                const auto byte = static_cast<unsigned char>(bytes.at(at++));
                size |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
                if (byte < 0x80) break;
            }
            ASSERT_LE(at + size, bytes.size()) << entry.path;
            if (entry.dataset == "registry_member") {
                monitoring::feed::v1::RegistryMember member;
                ASSERT_TRUE(member.ParseFromArray(bytes.data() + at, static_cast<int>(size)));
                ++members;
                EXPECT_FALSE(member.household_no().empty());
            }
            at += size;
        }
        EXPECT_EQ(rows, entry.rows) << entry.path;
        if (entry.dataset == "registry_member") expected += entry.rows;
    }
    EXPECT_EQ(members, expected);
}

// Everything about people without writing a file.
class Population : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        options_ = new Options(TestOptions(0.1));
        auto reference =
            Reference::Load(options_->divisions_dir, options_->census_dir, options_->province);
        ASSERT_TRUE(reference.ok()) << reference.status().message;
        reference_ = new Reference(std::move(reference).value());
        auto plan = MakePlan(*reference_, *options_);
        ASSERT_TRUE(plan.ok());
        plan_ = new Plan(std::move(plan).value());
        plan_->age_weight = CalibrateAges(*reference_, *plan_, options_->seed);
    }
    static void TearDownTestSuite() {
        delete plan_;
        delete reference_;
        delete options_;
    }
    template <typename Use>
    static void ForEachHousehold(Use use) {
        for (std::uint32_t i = 0; i < plan_->households.size(); ++i)
            use(DrawHousehold(*reference_, *plan_, *options_, i));
    }
    static inline Options* options_ = nullptr;
    static inline Reference* reference_ = nullptr;
    static inline Plan* plan_ = nullptr;
};

TEST_F(Population, IdentityNumbersAreRightAndUnique) {
    std::unordered_set<std::string> seen;
    std::set<std::string> prefixes;
    std::size_t people = 0;
    auto check = [&](const std::string& number, bool male, int year) {
        const auto parsed = IdentityNumber::Parse(number);
        ASSERT_TRUE(parsed.ok()) << parsed.status().reason;
        EXPECT_EQ(parsed->number, number);
        EXPECT_EQ(parsed->male, male);
        EXPECT_TRUE(year == 0 || parsed->birth.year() == year) << number;
        EXPECT_TRUE(seen.insert(number).second) << "twice";
        prefixes.insert(parsed->region6);
        ++people;
    };
    ForEachHousehold([&](const Household& household) {
        for (const Person& person : household.people)
            check(person.identity, person.male, 2020 - person.age);
        const BirthPlace stranger{Origin::kStranger, household.slot.county,
                                  household.slot.in_county, 0};
        const BirthPlace newborn{Origin::kNewborn, household.slot.county, household.slot.in_county,
                                 0};
        for (const bool male : {false, true}) {
            check(MakeIdentity(*reference_, stranger, 0, male), male, 0);
            check(MakeIdentity(*reference_, newborn, 2020, male), male, 2020);
        }
    });
    EXPECT_EQ(seen.size(), people);
    EXPECT_GT(prefixes.size(), 150u);          // retired prefixes and other provinces among them
    EXPECT_TRUE(prefixes.contains("360621"));  // Guixi before 1996
}

TEST_F(Population, NumbersStayUniqueInTheLargestCountyThatIsAllowed) {
    std::unordered_set<std::string> seen;
    std::size_t made = 0;
    for (std::uint32_t household = 0; household < kMaxHouseholdsPerCounty; household += 7) {
        for (const int rank : {0, 1})
            ++made, seen.insert(
                        MakeIdentity(*reference_, {Origin::kHere, 3, household, rank}, 1975, true));
        for (const int county : {1, 2, 3}) {
            ++made, seen.insert(MakeIdentity(
                        *reference_, {Origin::kOtherCounty, county, household, 0}, 1975, true));
            ++made, seen.insert(MakeIdentity(
                        *reference_, {Origin::kOtherProvince, county, household, 0}, 1975, true));
        }
        for (const bool male : {false, true})
            ++made, seen.insert(
                        MakeIdentity(*reference_, {Origin::kStranger, 3, household, 0}, 0, male));
    }
    EXPECT_EQ(seen.size(), made);
}

TEST_F(Population, AgesSexesAndSizesAreTheCensus) {
    std::array<double, kAgeBands> got{}, wanted{};
    std::map<int, std::array<double, 3>> counties;  // men, people, households
    double people = 0, men = 0, wanted_men = 0, single = 0;
    ForEachHousehold([&](const Household& household) {
        const County& county = *household.county;
        auto& row = counties[household.slot.county];
        row[2] += household.slot.lifted;
        single += household.slot.size == 1;
        ASSERT_EQ(household.people.size(), household.slot.size);
        for (const Person& person : household.people) {
            got[static_cast<std::size_t>(BandOfAge(person.age))] += 1;
            for (std::size_t b = 0; b < kAgeBands; ++b) wanted[b] += county.age_share[b];
            wanted_men += county.men_per_100_women / (100 + county.men_per_100_women);
            men += person.male;
            row[0] += person.male;
            row[1] += household.slot.lifted;
            people += 1;
        }
    });
    for (std::size_t b = 0; b < kAgeBands; ++b)
        EXPECT_NEAR(got[b] / people, wanted[b] / people, 0.012)
            << "from age " << FirstAgeOfBand(static_cast<int>(b));
    EXPECT_NEAR(men / people, wanted_men / people, 0.015);
    EXPECT_NEAR(single / static_cast<double>(plan_->households.size()), 0.11, 0.04);
    // Counties with large households in the census have large ones here.
    for (const auto& [position, row] : counties) {
        if (row[2] < 300) continue;
        const double census =
            reference_->counties[static_cast<std::size_t>(position)].mean_household;
        EXPECT_NEAR(row[1] / row[2], census * 3.35 / 3.05, 0.25)
            << reference_->counties[static_cast<std::size_t>(position)].code;
    }
}

TEST_F(Population, HouseholdsMakeSense) {
    int without_head = 0, earners = 0, spouses = 0;
    ForEachHousehold([&](const Household& household) {
        without_head += household.people[0].relation != Relation::kHead;
        int here = 0;
        for (const Person& person : household.people) {
            here += person.main_earner;
            EXPECT_FALSE(person.worker && person.age < 16);
            EXPECT_FALSE(person.worker &&
                         (person.labour == Labour::kNone || person.labour == Labour::kLost));
            EXPECT_GE(person.age, 0);
            if (person.relation == Relation::kSpouse) {
                ++spouses;
                EXPECT_NE(person.male, household.people[0].male);
                EXPECT_GE(person.age, 20);
            }
        }
        EXPECT_LE(here, 1);
        earners += here;
        EXPECT_TRUE(household.region.starts_with(household.county->code));
        EXPECT_EQ(household.region.size(), 12u);
        EXPECT_TRUE(household.slot.ledger != Ledger::kEliminated ||
                    household.eliminated_on - household.identified_on >= 183);
        const auto category = household.slot.category;
        EXPECT_TRUE(category != LedgerCategory::kUnstable || household.slot.lifted);
        EXPECT_TRUE(category != LedgerCategory::kEdge || !household.slot.lifted);
    });
    EXPECT_EQ(without_head, 0);
    EXPECT_GT(spouses, 30'000);
    EXPECT_GT(earners, 60'000);
}

TEST_F(Population, OnlyVillagesOfRealTownships) {
    for (const County& county : reference_->counties) {
        for (const Village& village : county.villages) {
            EXPECT_LT(village.code[6], '4') << village.code;
            EXPECT_TRUE(village.code[9] == '2' || village.code[9] == '3') << village.code;
        }
    }
    const auto guixi = std::find_if(reference_->counties.begin(), reference_->counties.end(),
                                    [](const County& c) { return c.code == kGuixi; });
    EXPECT_EQ(
        plan_->villages_used[static_cast<std::size_t>(guixi - reference_->counties.begin())].size(),
        188u);
}

TEST(Figures, PartsAddUpAtEveryScale) {
    for (const double scale : {1.0, 0.5, 0.1, 0.037, 0.01, 0.002}) {
        const Figures f = Scaled(Figures{}, scale);
        EXPECT_EQ(f.monitored_households, std::llround(27'000 * scale)) << scale;
        EXPECT_EQ(f.monitored_persons, std::llround(91'000 * scale)) << scale;
        EXPECT_LT(f.new_households + f.eliminated_households, f.monitored_households + 1) << scale;
        EXPECT_NEAR(static_cast<double>(f.new_households), 1'288 * scale, 1) << scale;
    }
    const Figures full = Scaled(Figures{}, 1);
    EXPECT_EQ(full.new_persons, 4'813);
    EXPECT_EQ(full.eliminated_households, 22'200);
    EXPECT_EQ(full.guixi_rewards_fen, 640'500'000);
}

TEST(LargestRemainder, SharesExactly) {
    EXPECT_EQ(LargestRemainder(10, {1, 1, 1}), (std::vector<long long>{4, 3, 3}));
    EXPECT_EQ(LargestRemainder(7, {0, 5, 2}), (std::vector<long long>{0, 5, 2}));
    EXPECT_EQ(LargestRemainder(0, {3, 4}), (std::vector<long long>{0, 0}));
    EXPECT_EQ(LargestRemainder(5, {}), std::vector<long long>{});
}

TEST(PortableExp, AgreesWithTheLibrary) {
    for (double x = -20; x <= 20; x += 0.137)
        EXPECT_NEAR(PortableExp(x) / std::exp(x), 1.0, 1e-13) << x;
}

TEST(Codes, AreRightInForm) {
    for (std::uint32_t n = 0; n < 2000; n += 37)
        EXPECT_EQ(CheckUscc(MakeCreditCode("360681", n)), UsccCheck::kValid) << n;
    EXPECT_EQ(MakePhone(123), "15400000123");
    EXPECT_EQ(MakeBankAccount(1).size(), 19u);
    const std::string number = "11010519491231002X";
    EXPECT_EQ(IdentityNumber::Parse(BreakChecksum(number)).status().reason, "IDENTITY_CHECKSUM");
    EXPECT_EQ(OldIdentity(number), "110105491231002");
    EXPECT_EQ(IdentityNumber::Parse(OldIdentity(number))->number, number);
}

}  // namespace
}  // namespace shouwang::province
