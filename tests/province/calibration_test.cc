// The article's figures J005–J017, J024–J026, counted again from the department files alone:
// registry, ledger of monitored households, ledger of measures. Nothing here asks the generator
// what it meant to do.
#include <cmath>
#include <map>
#include <set>

#include "common/base/identity_number.h"
#include "tests/province/file_reader.h"
#include "tests/province/test_province.h"

namespace shouwang::province {
namespace {

struct Recount {
    long long lifted_living = 0, lifted_ever = 0, guixi_households = 0;
    std::set<std::string> guixi_villages;
    long long monitored = 0, monitored_persons = 0, found = 0, found_persons = 0, eliminated = 0,
              eliminated_persons = 0;
    long long measures = 0, posts = 0, renovations = 0, rewards_yuan = 0;
};

std::string Normal(const std::string& identity) {
    const auto parsed = IdentityNumber::Parse(identity);
    return parsed.ok() ? parsed->number : std::string();
}

// The registry as it stands after all files: the row with the latest date says where a person
// lives.
struct Resident {
    std::string as_of, household, region;
    bool lifted = false, left = false;
};

void CountRegistry(const std::map<std::string, Resident>& people, Recount& count) {
    std::set<std::string> guixi;
    for (const auto& [number, resident] : people) {
        count.lifted_ever += resident.lifted;
        count.lifted_living += resident.lifted && !resident.left;
        if (!resident.lifted || resident.left || !resident.region.starts_with("360681")) continue;
        guixi.insert(resident.household);
        count.guixi_villages.insert(resident.region);
    }
    count.guixi_households = static_cast<long long>(guixi.size());
}

Recount Count(const std::string& folder) {
    Recount count;
    std::map<std::string, Resident> people;
    // By household member's number: the latest state of the ledger.
    std::map<std::string, std::map<std::string, Cells>> ledger, measures;
    for (const ManifestEntry& entry : ReadManifest(folder)) {
        if (entry.department != "rural_revitalization") continue;
        ForEachRow(folder, entry, [&](const Cells& row) {
            if (entry.dataset == "registry_member") {
                const std::string number = Normal(Get(row, "身份证号"));
                const std::string as_of = Get(row, "截至日期");
                // Wrong rows: a number that cannot be, a day that cannot be, a village that is not.
                if (number.empty() || as_of.size() != 10 || as_of > "2021-06-30" ||
                    as_of.ends_with("02-30") || Get(row, "行政区划代码").ends_with("999"))
                    return;
                Resident& resident = people[number];
                if (as_of < resident.as_of) return;
                resident = {as_of, Get(row, "户编号"), Get(row, "行政区划代码"),
                            Get(row, "户类型") == "脱贫户", Get(row, "已迁出或死亡") == "是"};
                return;
            }
            const std::string number = Normal(Get(row, "户内成员身份证号"));
            const std::string as_of = Get(row, "截至日期");
            if (!people.contains(number) || as_of.size() != 10 || as_of > "2021-06-30" ||
                as_of.ends_with("02-30"))
                return;
            if (entry.dataset == "monitored_household") ledger[number][as_of] = row;
            if (entry.dataset == "support_measure") {
                // A higher revision of the same state wins.
                Cells& kept = measures[number + Get(row, "措施编号")][as_of];
                if (Get(kept, "修订号") <= Get(row, "修订号")) kept = row;
            }
        });
    }
    CountRegistry(people, count);
    for (const auto& [number, states] : ledger) {
        const Cells& state = states.rbegin()->second;
        const long long members = std::stoll(Get(state, "监测人数"));
        const bool eliminated = Get(state, "风险消除") == "是",
                   found = Get(state, "识别日期") >= "2021-01-01";
        if (Get(state, "识别日期") > "2021-06-30") continue;
        ++count.monitored, count.monitored_persons += members;
        if (found) ++count.found, count.found_persons += members;
        if (eliminated) ++count.eliminated, count.eliminated_persons += members;
        EXPECT_TRUE(!eliminated || Get(state, "消除日期") <= "2021-06-30");
    }
    for (const auto& [key, states] : measures) {
        const Cells& state = states.rbegin()->second;
        const auto person = people.find(Normal(Get(state, "户内成员身份证号")));
        if (Get(state, "状态") != "已落实" || !person->second.region.starts_with("360681"))
            continue;
        ++count.measures;
        count.posts += Get(state, "公益性岗位") == "是";
        count.renovations += Get(state, "危房改造") == "是";
        if (Get(state, "种养奖补") == "是")
            count.rewards_yuan += std::stoll(Get(state, "金额(元)"));
    }
    return count;
}

// Departments with a row about somebody or something in Guixi.
std::set<std::string> DepartmentsOfGuixi(const std::string& folder) {
    std::set<std::string> people, departments;
    for (const ManifestEntry& entry : ReadManifest(folder)) {
        ForEachRow(folder, entry, [&](const Cells& row) {
            for (const auto& [name, text] : row) {
                const bool region = name == "region_code" || name == "行政区划代码";
                if (region && text.starts_with("360681")) departments.insert(entry.department);
                if (entry.dataset == "registry_member" && region && text.starts_with("360681"))
                    people.insert(Normal(Get(row, "身份证号")));
                const bool identity =
                    name == "identity_no" || name == "身份证号" || name == "户内成员身份证号";
                if (identity && !departments.contains(entry.department) &&
                    people.contains(Normal(text)) && !Normal(text).empty())
                    departments.insert(entry.department);
            }
        });
    }
    return departments;
}

class Calibration : public ::testing::TestWithParam<double> {};

TEST_P(Calibration, FilesHoldTheArticlesFigures) {
    const double scale = GetParam();
    const TestProvince province(TestOptions(scale));
    const Recount count = Count(province.out());
    auto scaled = [scale](double value) {
        return static_cast<long long>(std::floor(value * scale + 0.5));
    };

    EXPECT_EQ(count.lifted_living, scaled(2'810'000));
    // Ledger to 30 June 2021: the wholes exact, the parts within the one household or person that
    // rounding may move.
    EXPECT_EQ(count.monitored, scaled(27'000));
    EXPECT_EQ(count.monitored_persons, scaled(91'000));
    EXPECT_NEAR(static_cast<double>(count.found), 1'288 * scale, 1);
    EXPECT_NEAR(static_cast<double>(count.found_persons), 4'813 * scale, 1);
    EXPECT_NEAR(static_cast<double>(count.eliminated), 22'200 * scale, 1);
    EXPECT_NEAR(static_cast<double>(count.eliminated_persons), 76'000 * scale, 1);
    // T1: 83.5 % on persons, 82.2 % on households.
    EXPECT_NEAR(100.0 * static_cast<double>(count.eliminated_persons) /
                    static_cast<double>(count.monitored_persons),
                83.5, 0.1);
    EXPECT_NEAR(
        100.0 * static_cast<double>(count.eliminated) / static_cast<double>(count.monitored), 82.2,
        0.1);

    // Guixi. "5,600 and more": households that died out in the half year are not counted any more.
    EXPECT_GE(count.guixi_households, static_cast<long long>(5'600 * scale) - 1);
    EXPECT_LT(count.guixi_households, static_cast<long long>(5'700 * scale) + 1);
    EXPECT_LE(count.guixi_villages.size(), 188u);
    EXPECT_GE(static_cast<double>(count.guixi_villages.size()),
              0.97 * std::min(188.0, std::floor(5'640 * scale)));
    EXPECT_NEAR(static_cast<double>(count.measures), 1'524 * scale, 1);
    EXPECT_NEAR(static_cast<double>(count.posts), 350 * scale, 1);
    EXPECT_NEAR(static_cast<double>(count.renovations), 42 * scale, 1);
    EXPECT_EQ(count.rewards_yuan, scaled(6'405'000));
}

INSTANTIATE_TEST_SUITE_P(Scales, Calibration, ::testing::Values(0.01, 0.1),
                         [](const auto& scale) { return scale.param < 0.05 ? "Demo" : "Tenth"; });

TEST(CalibrationOfDepartments, FourteenAndMoreSendRowsAboutGuixi) {
    const TestProvince province(TestOptions(0.01));
    EXPECT_GE(DepartmentsOfGuixi(province.out()).size(), 14u);
}

}  // namespace
}  // namespace shouwang::province
