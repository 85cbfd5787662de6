#include "services/monitoring/domain/rule_book.h"

#include <functional>

#include <gtest/gtest.h>

#include "services/monitoring/domain/test_household.h"

namespace shouwang::monitoring::domain {
namespace {

v1::RuleSet SmallSet() {
    v1::RuleSet set;
    v1::Rule& rule = *set.add_rules();
    rule.set_id("medical-test");
    rule.set_version(1);
    rule.set_valid_from("2021-01-01");
    rule.set_risk_type(v1::RISK_TYPE_ILLNESS);
    rule.set_grade(v1::GRADE_YELLOW);
    rule.set_condition("members.exists(m, m.inpatient_self_paid_ytd_fen >= param.limit_fen)");
    rule.set_sentence_zh(
        "{member}自付{members.inpatient_self_paid_ytd_fen}，线{param.limit_fen}。");
    rule.set_sentence_en(
        "{member} paid {members.inpatient_self_paid_ytd_fen}, the line is {param.limit_fen}.");
    rule.set_legal_basis("测试");
    rule.set_label_zh("测试");
    rule.set_label_en("test");
    v1::Parameter& p = *set.add_parameters();
    p.set_name("param.limit_fen");
    p.set_valid_from("2021-01-01");
    p.set_value(500000);
    p.set_unit(options::v1::UNIT_FEN);
    p.set_source("测试");
    return set;
}

TEST(RuleBook, RefusesLoudly) {
    struct Case {
        const char* what;
        std::function<void(v1::RuleSet&)> change;
        const char* reason;
    };
    const Case kCases[] = {
        {"id", [](v1::RuleSet& s) { s.mutable_rules(0)->set_id("Bad Id"); }, "RULE_INVALID"},
        {"version", [](v1::RuleSet& s) { s.mutable_rules(0)->set_version(0); }, "RULE_INVALID"},
        {"from", [](v1::RuleSet& s) { s.mutable_rules(0)->set_valid_from("2021-02-30"); },
         "RULE_INVALID"},
        {"to", [](v1::RuleSet& s) { s.mutable_rules(0)->set_valid_to("2020-12-31"); },
         "RULE_INVALID"},
        {"region", [](v1::RuleSet& s) { s.mutable_rules(0)->set_region_prefix("3"); },
         "RULE_INVALID"},
        {"risk", [](v1::RuleSet& s) { s.mutable_rules(0)->clear_risk_type(); }, "RULE_INVALID"},
        {"grade", [](v1::RuleSet& s) { s.mutable_rules(0)->set_grade(static_cast<v1::Grade>(9)); },
         "RULE_INVALID"},
        {"basis", [](v1::RuleSet& s) { s.mutable_rules(0)->clear_legal_basis(); }, "RULE_INVALID"},
        {"label", [](v1::RuleSet& s) { s.mutable_rules(0)->clear_label_en(); }, "RULE_INVALID"},
        {"everyone", [](v1::RuleSet& s) { s.mutable_rules(0)->set_condition("true"); },
         "RULE_READS_NO_FACT"},
        {"everyone with members",
         [](v1::RuleSet& s) { s.mutable_rules(0)->set_condition("size(members) >= 0"); },
         "RULE_READS_NO_FACT"},
        {"empty", [](v1::RuleSet& s) { s.mutable_rules(0)->clear_condition(); }, "CEL_SYNTAX"},
        {"field", [](v1::RuleSet& s) { s.mutable_rules(0)->set_condition("household.no_such"); },
         "CEL_UNKNOWN_FIELD"},
        {"unit", [](v1::RuleSet& s) { s.mutable_parameters(0)->set_unit(options::v1::UNIT_DAYS); },
         "CEL_UNIT"},
        {"parameter unknown",
         [](v1::RuleSet& s) { s.mutable_parameters(0)->set_name("param.other"); },
         "CEL_UNKNOWN_FIELD"},
        {"parameter elsewhere",
         [](v1::RuleSet& s) {
             s.mutable_parameters(0)->set_region_prefix("14");
             s.mutable_rules(0)->set_region_prefix("36");
         },
         "RULE_PARAMETER"},
        {"parameter too late",
         [](v1::RuleSet& s) {
             s.mutable_parameters(0)->set_valid_from("2022-01-01");
             s.mutable_rules(0)->set_valid_to("2021-12-31");
         },
         "RULE_PARAMETER"},
        {"parameter name", [](v1::RuleSet& s) { s.mutable_parameters(0)->set_name("limit"); },
         "RULE_INVALID"},
        {"parameter source", [](v1::RuleSet& s) { s.mutable_parameters(0)->clear_source(); },
         "RULE_INVALID"},
        {"parameter twice", [](v1::RuleSet& s) { *s.add_parameters() = s.parameters(0); },
         "RULE_DUPLICATE"},
        {"rule twice",
         [](v1::RuleSet& s) {
             *s.add_rules() = s.rules(0);
             s.mutable_rules(1)->set_version(2);
         },
         "RULE_DUPLICATE"},
        {"template names another fact",
         [](v1::RuleSet& s) { s.mutable_rules(0)->set_sentence_en("{household.net_income_fen}"); },
         "RULE_TEMPLATE"},
        {"template names nothing",
         [](v1::RuleSet& s) { s.mutable_rules(0)->set_sentence_zh("{members.nothing}"); },
         "RULE_TEMPLATE"},
        {"template brace", [](v1::RuleSet& s) { s.mutable_rules(0)->set_sentence_zh("{member"); },
         "RULE_TEMPLATE"},
        {"template empty", [](v1::RuleSet& s) { s.mutable_rules(0)->clear_sentence_zh(); },
         "RULE_TEMPLATE"},
    };
    ASSERT_TRUE(RuleBook::Compile(SmallSet()).ok());
    for (const Case& c : kCases) {
        v1::RuleSet set = SmallSet();
        c.change(set);
        const auto book = RuleBook::Compile(set);
        ASSERT_FALSE(book.ok()) << c.what;
        EXPECT_EQ(book.status().reason, c.reason) << c.what << ": " << book.status().message;
        EXPECT_FALSE(book.status().metadata.empty()) << c.what;
    }
}

TEST(RuleBook, VersionsMayFollowEachOther) {
    v1::RuleSet set = SmallSet();
    *set.add_rules() = set.rules(0);
    set.mutable_rules(0)->set_valid_to("2021-05-31");
    set.mutable_rules(1)->set_version(2);
    set.mutable_rules(1)->set_valid_from("2021-06-01");
    const auto book = RuleBook::Compile(set);
    ASSERT_TRUE(book.ok()) << book.status().message;
    for (const auto& [day, version] : {std::pair("2021-05-31", 1), {"2021-06-01", 2}}) {
        TestHousehold h;
        h.today = Day(day);
        h.Add(
            "medical_settlement 0 visit_id: 'a' settled_on: '2021-05-03' kind: KIND_INPATIENT "
            "self_paid_fen: 500000");
        const Screening s = h.Screen(**book);
        ASSERT_EQ(s.drafts.size(), 1u) << day;
        EXPECT_EQ(s.drafts[0].explanations[0].rule_version(), version) << day;
    }
    TestHousehold before;
    before.today = Day("2020-12-31");
    EXPECT_TRUE(before.Screen(**book).blind.empty());  // no rule holds
}

TEST(RuleBook, IdDependsOnContentNotOnOrder) {
    v1::RuleSet set = DefaultRuleSet().value();
    const std::string id = RuleBook::IdOf(set);
    std::reverse(set.mutable_rules()->begin(), set.mutable_rules()->end());
    std::reverse(set.mutable_parameters()->begin(), set.mutable_parameters()->end());
    set.set_id("anything");
    EXPECT_EQ(RuleBook::IdOf(set), id);
    set.mutable_parameters(0)->set_value(set.parameters(0).value() + 1);
    EXPECT_NE(RuleBook::IdOf(set), id);
}

TEST(RuleBook, ParametersByRegionThenDay) {
    v1::RuleSet set = SmallSet();
    const auto add = [&](const char* region, const char* from, std::int64_t value) {
        v1::Parameter p = set.parameters(0);
        p.set_region_prefix(region);
        p.set_valid_from(from);
        p.set_value(value);
        *set.add_parameters() = p;
    };
    add("", "2022-01-01", 2);
    add("36", "2021-06-01", 3);
    add("360681", "2021-03-01", 4);
    const auto book = RuleBook::Compile(set).value();
    struct Case {
        const char* region;
        const char* day;
        std::int64_t value;
    };
    for (const Case& c : {Case{"140000000000", "2021-05-01", 500000},
                          {"140000000000", "2023-05-01", 2},
                          {"361100000000", "2021-05-31", 500000},
                          {"361100000000", "2021-06-01", 3},
                          {"361100000000", "2023-05-01", 3},
                          {"360681102203", "2021-02-28", 500000},
                          {"360681102203", "2021-03-01", 4},
                          {"360681102203", "2023-05-01", 4}}) {
        EXPECT_EQ(book->ParametersFor(c.region, Day(c.day)).at(0).value, c.value)
            << c.region << " " << c.day;
    }
    EXPECT_FALSE(book->ParametersFor("360681102203", Day("2020-12-31")).at(0).known);
}

TEST(RuleBook, ReadsExpandDerivedFacts) {
    const auto book = RuleBook::Compile(DefaultRuleSet().value()).value();
    for (const char* fact :
         {"person.inpatient_self_paid_ytd_fen", "household.net_income_fen",
          "household.net_income_per_capita_fen", "person.medical_self_paid_12m_fen",
          "person.school_aid_year_fen", "village.geological_hazard"}) {
        EXPECT_TRUE(book->Reads(Facts().Find(fact)->index)) << fact;
    }
    EXPECT_FALSE(book->Reads(Facts().Find("person.owns_car")->index));
}

TEST(RuleBook, ExplanationInFull) {
    const auto book = RuleBook::Compile(SmallSet()).value();
    TestHousehold h;
    h.Add(
        "medical_settlement 1 visit_id: 'a' settled_on: '2021-05-03' kind: KIND_INPATIENT "
        "self_paid_fen: 1234567");
    const Screening s = h.Screen(*book);
    ASSERT_EQ(s.drafts.size(), 1u);
    const v1::Explanation& e = s.drafts[0].explanations.at(0);
    EXPECT_EQ(e.sentence_zh(), "该户1名成员自付12,345.67元，线5,000元。");
    EXPECT_EQ(e.sentence_en(), "One member paid 12,345.67 CNY, the line is 5,000 CNY.");
    ASSERT_EQ(e.operands_size(), 2);
    const v1::Operand& o = e.operands(0);
    EXPECT_EQ(o.fact(), "members.inpatient_self_paid_ytd_fen");
    EXPECT_EQ(o.person(), "persons/12");
    EXPECT_EQ(o.value(), "1234567");
    EXPECT_EQ(o.unit(), options::v1::UNIT_FEN);
    EXPECT_EQ(o.as_of(), "2021-05-03");
    EXPECT_FALSE(o.label_zh().empty() || o.label_en().empty());
    ASSERT_EQ(o.sources_size(), 1);
    EXPECT_EQ(o.sources(0).dataset(), "medical_settlement");
    EXPECT_EQ(o.sources(0).batch(), "5");
    EXPECT_EQ(o.sources(0).sequence(), 1u);
    EXPECT_EQ(o.sources(0).date(), "2021-05-03");
    EXPECT_EQ(e.operands(1).fact(), "param.limit_fen");
    EXPECT_EQ(e.operands(1).value(), "500000");
}

TEST(RuleBook, GradesOfDrafts) {
    const auto book = RuleBook::Compile(DefaultRuleSet().value()).value();
    const auto grades = [&](const std::vector<const char*>& rows) {
        TestHousehold h;
        for (const char* row : rows) h.Add(row);
        std::string text;
        for (const LeadDraft& d : h.Screen(*book).drafts)
            text += v1::RiskType_Name(d.risk_type).substr(10) + "=" +
                    v1::Grade_Name(d.grade).substr(6) + " ";
        return text;
    };
    const char* const kIllness =
        "serious_illness 0 case_id: '1' diagnosed_on: '2021-02-01' listed_big_illness: true "
        "severe_mental_illness: false";
    const char* const kPetition =
        "petition_call 0 call_no: '1' called_on: '2021-06-10' hardship: true";
    const char* const kSubsidy =
        "subsidy_payment 0 month: '2021-03' subsidy_code: 'x' paid_fen: 0 stopped: true";
    const char* const kUninsured = "medical_insurance 1 as_of: '2021-05-31' insured: false";
    const char* const kHouse =
        "house_grade - house_id: 'h' checked_on: '2020-01-01' grade: GRADE_C only_home: true";
    EXPECT_EQ(grades({}), "");
    EXPECT_EQ(grades({kUninsured}), "ILLNESS=GREEN ");
    EXPECT_EQ(grades({kUninsured, kSubsidy}), "ILLNESS=GREEN OTHER=GREEN ");
    EXPECT_EQ(grades({kIllness, kUninsured}), "ILLNESS=YELLOW ");
    EXPECT_EQ(grades({kIllness, kSubsidy}), "ILLNESS=YELLOW OTHER=GREEN ");
    EXPECT_EQ(grades({kIllness, kPetition}), "ILLNESS=RED OTHER=RED ");  // two yellow rules
    EXPECT_EQ(grades({kIllness, kHouse}), "ILLNESS=YELLOW OTHER=RED ");
}

TEST(Sentence, Values) {
    using namespace options::v1;
    struct Case {
        std::optional<std::int64_t> value;
        Unit unit;
        bool boolean;
        const char* zh;
        const char* en;
    };
    const Case kCases[] = {
        {600000, UNIT_FEN, false, "6,000元", "6,000 CNY"},
        {-123, UNIT_FEN, false, "-1.23元", "-1.23 CNY"},
        {10, UNIT_FEN, false, "0.10元", "0.10 CNY"},
        {123456789012, UNIT_FEN, false, "1,234,567,890.12元", "1,234,567,890.12 CNY"},
        {INT64_MIN, UNIT_FEN, false, "-92,233,720,368,547,758.08元",
         "-92,233,720,368,547,758.08 CNY"},
        {-3550, UNIT_BASIS_POINTS, false, "-35.5%", "-35.5%"},
        {3000, UNIT_BASIS_POINTS, false, "30%", "30%"},
        {1, UNIT_MONTHS, false, "1个月", "1 month"},
        {2, UNIT_DAYS, false, "2天", "2 days"},
        {3, UNIT_PERSONS, false, "3人", "3 persons"},
        {1, UNIT_TIMES, false, "1次", "1 time"},
        {16, UNIT_YEARS, false, "16岁", "16 years"},
        {4, UNIT_UNSPECIFIED, false, "4", "4"},
        {1, UNIT_UNSPECIFIED, true, "是", "yes"},
        {0, UNIT_UNSPECIFIED, true, "否", "no"},
        {std::nullopt, UNIT_FEN, false, "未知", "unknown"},
    };
    for (const Case& c : kCases) {
        EXPECT_EQ(FormatValue(c.value, c.unit, c.boolean, Language::kZh), c.zh);
        EXPECT_EQ(FormatValue(c.value, c.unit, c.boolean, Language::kEn), c.en);
    }
}

}  // namespace
}  // namespace shouwang::monitoring::domain
