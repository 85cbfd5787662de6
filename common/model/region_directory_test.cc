#include "common/model/region_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace shouwang::model {
namespace {

TEST(RegionDirectory, KnowsWhatItWasGivenAndNothingElse) {
    const std::string codes[] = {"36", "3606", "360681", "360681103", "360681103204"};
    const std::string prefixes[] = {"362122"};
    const RegionDirectory regions(codes, prefixes);
    EXPECT_EQ(regions.size(), 5u);
    for (const std::string& code : codes) EXPECT_TRUE(regions.Knows(code)) << code;
    for (const char* code : {"", "3", "37", "000036", "360681103205", "36068110320", "36068110320x", "360681103204 "}) {
        EXPECT_FALSE(regions.Knows(code)) << code;
    }
    EXPECT_TRUE(regions.KnowsPrefix("362122"));
    for (const char* prefix : {"", "36212", "362123", "36212x", "3621220"}) EXPECT_FALSE(regions.KnowsPrefix(prefix)) << prefix;
}

TEST(RegionDirectory, LoadsTheReferenceFiles) {
    auto loaded = RegionDirectory::Load("services/monitoring/data");
    ASSERT_TRUE(loaded.ok()) << loaded.status().message;
    const RegionDirectory& regions = **loaded;
    EXPECT_GT(regions.size(), 20000u);
    for (const char* code : {"36", "3606", "360681", "360102002", "360102002001"}) EXPECT_TRUE(regions.Knows(code)) << code;
    EXPECT_FALSE(regions.Knows("360102002999"));
    EXPECT_TRUE(regions.KnowsPrefix("360681"));
    EXPECT_TRUE(regions.KnowsPrefix("110103"));   // Chongwen, retired in 2010
    EXPECT_FALSE(regions.KnowsPrefix("999999"));
}

TEST(RegionDirectory, NamesTheFileAndLineThatIsWrong) {
    const std::string dir = ::testing::TempDir() + "region_directory_test";
    std::filesystem::create_directories(dir);
    EXPECT_EQ(RegionDirectory::Load(dir).status().reason, "REGIONS_MISSING");
    std::ofstream(dir + "/villages_36.csv") << "code,name,level,parent_code\n36010200200,x,5,360102002\n";
    const Status status = RegionDirectory::Load(dir).status();
    EXPECT_EQ(status.reason, "REGIONS_BROKEN");
    EXPECT_NE(status.message.find("villages_36.csv:2"), std::string::npos) << status.message;
    std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace shouwang::model
