#include "services/monitoring/domain/declaration_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/monitoring/domain/discovery_tables.h"

namespace shouwang::monitoring::domain {
namespace {

using ::testing::ElementsAreArray;

v1::DeclareRequest Good() {
    v1::DeclareRequest q;
    q.set_region_code("360681100201");
    q.set_risk_type(v1::RISK_TYPE_ILLNESS);
    q.set_head_name("张三（示例）");
    q.set_mobile("13800001234");
    q.set_identity_no("11010519491231002X");
    q.set_difficulty("母亲住院，自付3万元");
    return q;
}

TEST(DeclarationCheck, WhatIsRightIsNormalised) {
    v1::DeclareRequest q = Good();
    q.set_head_name("　张三（示例） ");
    q.set_mobile(" +86 138-0000 1234");
    q.set_identity_no("11010519491231002x");
    const auto checked = CheckDeclaration(q);
    ASSERT_TRUE(checked.ok()) << checked.status().message;
    EXPECT_EQ(checked->head_name, "张三（示例）");
    EXPECT_EQ(checked->mobile, "13800001234");
    EXPECT_EQ(checked->identity.number, "11010519491231002X");
    q.set_mobile("１３８００００１２３４");
    EXPECT_EQ(CheckDeclaration(q)->mobile, "13800001234");
    q.clear_region_code();
    q.set_code("ANY");
    EXPECT_TRUE(CheckDeclaration(q).ok());
}

TEST(DeclarationCheck, EveryWrongFieldIsNamedInBothLanguages) {
    struct Case {
        const char* title;
        void (*spoil)(v1::DeclareRequest&);
        std::vector<std::string> fields;
    };
    const Case kCases[] = {
        {"no village", [](v1::DeclareRequest& q) { q.clear_region_code(); }, {"region_code"}},
        {"a township", [](v1::DeclareRequest& q) { q.set_region_code("360681100"); }, {"region_code"}},
        {"a village that is no code", [](v1::DeclareRequest& q) { q.set_region_code("36068110020X"); }, {"region_code"}},
        {"code and village", [](v1::DeclareRequest& q) { q.set_code("X"); }, {"region_code"}},
        {"no risk", [](v1::DeclareRequest& q) { q.clear_risk_type(); }, {"risk_type"}},
        {"a risk that is none", [](v1::DeclareRequest& q) { q.set_risk_type(static_cast<v1::RiskType>(99)); }, {"risk_type"}},
        {"no name", [](v1::DeclareRequest& q) { q.set_head_name("　 "); }, {"head_name"}},
        {"a long name", [](v1::DeclareRequest& q) { q.set_head_name(std::string(41, 'x')); }, {"head_name"}},
        {"no mobile", [](v1::DeclareRequest& q) { q.clear_mobile(); }, {"mobile"}},
        {"ten digits", [](v1::DeclareRequest& q) { q.set_mobile("1380000123"); }, {"mobile"}},
        {"no mobile network", [](v1::DeclareRequest& q) { q.set_mobile("12800001234"); }, {"mobile"}},
        {"letters", [](v1::DeclareRequest& q) { q.set_mobile("1380000123a"); }, {"mobile"}},
        {"check digit", [](v1::DeclareRequest& q) { q.set_identity_no("110105194912310021"); }, {"identity_no"}},
        {"no such day", [](v1::DeclareRequest& q) { q.set_identity_no("110105194902310022"); }, {"identity_no"}},
        {"seventeen", [](v1::DeclareRequest& q) { q.set_identity_no("11010519491231002"); }, {"identity_no"}},
        {"no difficulty", [](v1::DeclareRequest& q) { q.set_difficulty("\n\t"); }, {"difficulty"}},
        {"a novel", [](v1::DeclareRequest& q) { for (int i = 0; i < 501; ++i) q.mutable_difficulty()->append("难"); }, {"difficulty"}},
        {"everything", [](v1::DeclareRequest& q) { q.Clear(); }, {"region_code", "risk_type", "head_name", "mobile", "difficulty", "identity_no"}},
    };
    for (const Case& c : kCases) {
        v1::DeclareRequest q = Good();
        c.spoil(q);
        const auto checked = CheckDeclaration(q);
        ASSERT_FALSE(checked.ok()) << c.title;
        EXPECT_EQ(checked.status().code, Code::kInvalidArgument);
        EXPECT_EQ(checked.status().reason, "DECLARATION_FIELDS");
        std::vector<std::string> fields;
        for (const FieldViolation& v : checked.status().violations) {
            fields.push_back(v.field);
            EXPECT_NE(v.description.find(" / "), std::string::npos) << v.description;
            EXPECT_EQ(v.description.find("1380"), std::string::npos);  // what was typed is never repeated
        }
        EXPECT_THAT(fields, ElementsAreArray(c.fields)) << c.title;
    }
    v1::DeclareRequest most = Good();
    most.clear_difficulty();
    for (int i = 0; i < 500; ++i) most.mutable_difficulty()->append("难");
    EXPECT_TRUE(CheckDeclaration(most).ok());
}

TEST(DiscoveryTables, AreWholeAndDrawThemselves) {
    for (const flow::StateTable* table : {&HouseholdCodeStates(), &DeclarationStates(), &CampaignStates()}) {
        EXPECT_NE(table->Diagram().find("stateDiagram-v2"), std::string::npos);
    }
}

}  // namespace
}  // namespace shouwang::monitoring::domain
