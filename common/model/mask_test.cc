#include "common/model/mask.h"

#include <google/protobuf/any.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

#include "shouwang/monitoring/feed/v1/livelihood.pb.h"
#include "shouwang/monitoring/feed/v1/registry.pb.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "shouwang/monitoring/v1/region.pb.h"

namespace shouwang::model {
namespace {

using namespace options::v1;

TEST(MaskText, Table) {
    const struct {
        PersonalData personal;
        const char* text;
        const char* shown;
    } cases[] = {
        {PERSONAL_DATA_UNSPECIFIED, "贵溪市", "贵溪市"},
        {PERSONAL_DATA_NAME, "张大明", "张*明"},
        {PERSONAL_DATA_NAME, "张明", "张*"},
        {PERSONAL_DATA_NAME, "张", "*"},
        {PERSONAL_DATA_NAME, "欧阳大明", "欧**明"},
        {PERSONAL_DATA_NAME, "阿依古丽·买买提", "阿******提"},
        {PERSONAL_DATA_IDENTITY, "360681198001011234", "360681********1234"},
        {PERSONAL_DATA_IDENTITY, "360681800101123", "360681*****1123"},
        {PERSONAL_DATA_IDENTITY, "3606811980", "****"},
        {PERSONAL_DATA_PHONE, "13812341234", "138****1234"},
        {PERSONAL_DATA_PHONE, "079188886666", "079*****6666"},
        {PERSONAL_DATA_PHONE, "88886666", "****"},
        {PERSONAL_DATA_BANK, "6222020200112341234", "****1234"},
        {PERSONAL_DATA_BANK, "1234567", "****"},
        {PERSONAL_DATA_ADDRESS, "贵溪市泗沥镇王湾村三组12号", "贵溪市泗沥镇王湾村三组"},
        {PERSONAL_DATA_ADDRESS, "泗沥镇王湾村12号", "泗沥镇王湾村"},
        {PERSONAL_DATA_ADDRESS, "12号", "***"},
        {PERSONAL_DATA_HEALTH, "乳腺癌二期", "***"},
        {PERSONAL_DATA_HEALTH, "", ""},
        {static_cast<PersonalData>(99), "a class of tomorrow", "***"},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(MaskText(c.personal, c.text), c.shown) << c.text;
        EXPECT_EQ(MaskText(c.personal, c.shown), c.shown) << "masked twice: " << c.text;
    }
}

TEST(MaskNumbersIn, FindsNumbersInText) {
    EXPECT_EQ(MaskNumbersIn("户主360681198001011234，电话13812341234。"),
              "户主360681********1234，电话138****1234。");
    EXPECT_EQ(MaskNumbersIn("36068119800101123X!"), "360681********123X!");
    EXPECT_EQ(MaskNumbersIn("2021-06-30 共12345户"), "2021-06-30 共12345户");
    EXPECT_EQ(MaskNumbersIn(""), "");
}

TEST(Mask, RewritesNestedAndRepeated) {
    EXPECT_TRUE(HoldsPersonalData(*monitoring::v1::ListLeadsResponse::descriptor()));
    EXPECT_FALSE(HoldsPersonalData(*monitoring::v1::Region::descriptor()));
    monitoring::v1::ListLeadsResponse response;
    response.add_leads()->set_head_name("张大明");
    response.add_leads()->set_head_name("李四");
    response.mutable_leads(1)->set_region_name("贵溪市");
    response.add_leads();
    Mask(response);
    EXPECT_EQ(response.leads(0).head_name(), "张*明");
    EXPECT_EQ(response.leads(1).head_name(), "李*");
    EXPECT_EQ(response.leads(1).region_name(), "贵溪市");
    EXPECT_EQ(response.leads(2).head_name(), "");
}

TEST(Mask, EveryPersonalFieldOfARow) {
    monitoring::feed::v1::RegistryMember row;
    row.set_identity_no("360681198001011234");
    row.set_name("张大明");
    row.set_phone("13812341234");
    row.set_household_no("HH1");
    Mask(row);
    EXPECT_EQ(row.ShortDebugString(),
              "identity_no: \"360681********1234\" household_no: \"HH1\" name: "
              "\"\\345\\274\\240*\\346\\230\\216\" phone: \"138****1234\"");
}

TEST(Mask, OpensAny) {
    monitoring::v1::Lead lead;
    lead.set_head_name("张大明");
    google::rpc::Status status;
    status.add_details()->PackFrom(lead);
    status.add_details()->set_type_url("type.googleapis.com/unknown.Type");
    status.mutable_details(1)->set_value("13812341234");
    Mask(status);
    ASSERT_TRUE(status.details(0).UnpackTo(&lead));
    EXPECT_EQ(lead.head_name(), "张*明");
    EXPECT_EQ(status.details(1).value(), "");
}

}  // namespace
}  // namespace shouwang::model
