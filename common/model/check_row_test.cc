#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/test_datasets.h"

namespace shouwang::model {
namespace {

feed::MedicalSettlement GoodMedical() {
    feed::MedicalSettlement row;
    row.set_identity_no(TestIdentity());
    row.set_visit_id("V-001");
    row.set_settled_on("2021-06-01");
    row.set_kind(feed::MedicalSettlement::KIND_INPATIENT);
    row.set_hospital("贵溪市人民医院");
    row.set_total_fen(5'000'000);
    row.set_self_paid_fen(1'200'000);
    return row;
}

std::vector<RowProblem> Check(const char* dataset, google::protobuf::Message& row,
                              CheckedRow* out = nullptr) {
    CheckedRow checked;
    std::vector<RowProblem> problems;
    CheckRow(*TestCatalogue().Find(dataset), row, TestContext(), checked, problems);
    if (out != nullptr) *out = checked;
    return problems;
}

std::string Codes(const std::vector<RowProblem>& problems) {
    std::string codes;
    for (const auto& p : problems) codes += (codes.empty() ? "" : " ") + p.field + ":" + p.code;
    return codes;
}

struct BadCase {
    const char* name;
    std::function<void(feed::MedicalSettlement&)> spoil;
    const char* codes;
};

TEST(CheckRow, TableOfBadRows) {
    const std::string wrong_checksum = [] {
        std::string id = TestIdentity();
        id.back() = id.back() == '1' ? '2' : '1';
        return id;
    }();
    const std::vector<BadCase> cases = {
        {"good", [](auto&) {}, ""},
        {"wrong checksum", [&](auto& r) { r.set_identity_no(wrong_checksum); },
         "identity_no:IDENTITY_CHECKSUM"},
        {"short identity", [](auto& r) { r.set_identity_no("36068119800101"); },
         "identity_no:IDENTITY_LENGTH"},
        {"letter in identity", [](auto& r) { r.set_identity_no("36068A198001011234"); },
         "identity_no:IDENTITY_CHARACTER"},
        {"born on no day", [](auto& r) { r.set_identity_no("360681198013011234"); },
         "identity_no:IDENTITY_DATE"},
        {"born tomorrow", [](auto& r) { r.set_identity_no(TestIdentity(1, "360681", "20210701")); },
         "identity_no:IDENTITY_DATE"},
        {"unknown prefix", [](auto& r) { r.set_identity_no(TestIdentity(1, "990000")); },
         "identity_no:IDENTITY_REGION"},
        {"no identity", [](auto& r) { r.clear_identity_no(); }, "identity_no:REQUIRED"},
        {"blank visit", [](auto& r) { r.set_visit_id(" \u3000 "); }, "visit_id:REQUIRED"},
        {"long visit", [](auto& r) { r.set_visit_id(std::string(41, '7')); }, "visit_id:LENGTH"},
        {"forty characters of three bytes",
         [](auto& r) {
             std::string s;
             for (int i = 0; i < 40; ++i) s += "医";
             r.set_visit_id(s);
         },
         ""},
        {"control character", [](auto& r) { r.set_visit_id(std::string("V\0001", 4)); },
         "visit_id:FORMAT"},
        {"broken UTF-8", [](auto& r) { r.set_hospital("\xb9\xf3\xcf\xaa"); }, "hospital:UTF8"},
        {"no day", [](auto& r) { r.set_settled_on("2021-02-30"); }, "settled_on:FORMAT"},
        {"slashes", [](auto& r) { r.set_settled_on("2021/06/01"); }, "settled_on:FORMAT"},
        {"tomorrow", [](auto& r) { r.set_settled_on("2021-07-01"); }, "settled_on:FUTURE_DATE"},
        {"today", [](auto& r) { r.set_settled_on("2021-06-30"); }, ""},
        {"no kind", [](auto& r) { r.clear_kind(); }, "kind:REQUIRED"},
        {"undeclared kind",
         [](auto& r) { r.set_kind(static_cast<feed::MedicalSettlement::Kind>(7)); }, "kind:ENUM"},
        {"no amount", [](auto& r) { r.clear_total_fen(); }, "total_fen:REQUIRED"},
        {"zero is an amount", [](auto& r) { r.set_total_fen(0); }, ""},
        {"negative", [](auto& r) { r.set_self_paid_fen(-1); }, "self_paid_fen:RANGE"},
        {"too much", [](auto& r) { r.set_total_fen(1'000'000'001); }, "total_fen:RANGE"},
        {"two things",
         [](auto& r) {
             r.clear_kind();
             r.set_settled_on("");
         },
         "settled_on:REQUIRED kind:REQUIRED"},
    };
    for (const BadCase& c : cases) {
        SCOPED_TRACE(c.name);
        feed::MedicalSettlement row = GoodMedical();
        c.spoil(row);
        EXPECT_EQ(Codes(Check("medical_settlement", row)), c.codes);
    }
}

TEST(CheckRow, NamesWhatCameAndWhatWouldBeRight) {
    feed::MedicalSettlement row = GoodMedical();
    row.set_identity_no("360681198001011230");
    row.set_total_fen(-5);
    const auto problems = Check("medical_settlement", row);
    ASSERT_EQ(problems.size(), 2u);
    EXPECT_EQ(problems[0].got, "360681********1230");
    EXPECT_EQ(problems[1].got, "-5");
    EXPECT_EQ(problems[1].want, "0 to 1000000000 fen");
}

TEST(CheckRow, DoesNotAskAgainForAFieldThatCouldNotBeRead) {
    const Dataset& dataset = *TestCatalogue().Find("medical_settlement");
    feed::MedicalSettlement row = GoodMedical();
    row.clear_total_fen();
    std::vector<RowProblem> problems;
    SetFromText(FieldOf(dataset, "total_fen"), "twelve", false, row, problems);
    CheckedRow out;
    CheckRow(dataset, row, TestContext(), out, problems);
    EXPECT_EQ(Codes(problems), "total_fen:FORMAT");
}

TEST(CheckRow, KeepsPersonalNumbersOutOfTheContent) {
    feed::RegistryMember row;
    const std::string identity = TestIdentity();
    row.set_identity_no(" " + identity + " ");
    row.set_as_of("2021-06-01");
    row.set_household_no("360681HH0001");
    row.set_region_code("360681101200");
    row.set_name("张大明");
    row.set_relation(feed::RegistryMember::RELATION_HEAD);
    row.set_household_type(feed::RegistryMember::HOUSEHOLD_TYPE_LIFTED);
    row.set_labour(feed::RegistryMember::LABOUR_ORDINARY);
    row.set_main_earner(false);
    row.set_phone("+86 138-1234-5678");
    CheckedRow out;
    ASSERT_EQ(Codes(Check("registry_member", row, &out)), "");
    EXPECT_EQ(out.identity, identity);
    EXPECT_EQ(row.identity_no(), identity);
    EXPECT_EQ(out.content.find(identity), std::string::npos);
    EXPECT_EQ(out.content.find("13812345678"), std::string::npos);
    feed::RegistryMember content, sealed;
    ASSERT_TRUE(content.ParseFromString(out.content));
    EXPECT_EQ(content.name(), "张大明");
    EXPECT_TRUE(content.has_main_earner());  // an explicit "no" is not "unknown"
    EXPECT_TRUE(content.identity_no().empty());
    EXPECT_TRUE(content.phone().empty());
    ASSERT_TRUE(sealed.ParseFromString(out.sealed_plain));
    EXPECT_EQ(sealed.phone(), "13812345678");
    sealed.clear_phone();
    EXPECT_EQ(sealed.ByteSizeLong(), 0u);

    // The bytes are those of protobuf itself.
    feed::RegistryMember plain = row;
    plain.clear_identity_no();
    plain.clear_phone();
    EXPECT_EQ(out.content, plain.SerializeAsString());
}

TEST(CheckRow, RegionSubjects) {
    feed::WaterSupply water;
    water.set_region_code("360681101200");
    water.set_source_id("S1");
    water.set_as_of("2021-06-01");
    water.set_quality_ok(true);
    water.set_quantity_ok(true);
    water.set_cut_off_days(0);
    CheckedRow out;
    EXPECT_EQ(Codes(Check("water_supply", water, &out)), "");
    EXPECT_EQ(out.region, "360681101200");
    EXPECT_TRUE(out.identity.empty());
    for (const auto& [code, codes] : std::vector<std::pair<std::string, std::string>>{
             {"110101001001", "region_code:REGION_UNKNOWN"},
             {"360681", "region_code:FORMAT"},
             {"360681000000", "region_code:FORMAT"},
             {"36068110120X", "region_code:FORMAT"}}) {
        water.set_region_code(code);
        EXPECT_EQ(Codes(Check("water_supply", water)), codes) << code;
    }

    feed::WeatherWarning warning;
    warning.set_warning_id("W1");
    warning.set_issued_on("2021-06-01");
    warning.set_kind(feed::WeatherWarning::KIND_RAINSTORM);
    warning.set_colour(feed::WeatherWarning::COLOUR_RED);
    for (const std::string code :
         {"36", "3606", "360681", "360681000000", "360681101", "360681101200"}) {
        warning.set_region_code(code);
        EXPECT_EQ(Codes(Check("weather_warning", warning, &out)), "") << code;
        EXPECT_EQ(out.region, code == "360681000000" ? "360681" : code);
        EXPECT_EQ(warning.region_code(), out.region);
    }
}

TEST(CheckRow, MonthsEndOnTheirLastDay) {
    feed::HouseholdIncome row;
    row.set_identity_no(TestIdentity());
    row.set_month("2021-02");
    row.set_wage_fen(1);
    row.set_business_net_fen(-1);
    row.set_property_fen(0);
    row.set_transfer_fen(0);
    row.set_net_fen(0);
    CheckedRow out;
    EXPECT_EQ(Codes(Check("household_income", row, &out)), "");
    EXPECT_EQ(out.date.ToString(), "2021-02-28");
    row.set_month("2021-06");  // the month that has begun, though its last day has not
    EXPECT_EQ(Codes(Check("household_income", row, &out)), "");
    EXPECT_EQ(out.date.ToString(), "2021-06-30");
    row.set_month("2021-07");
    EXPECT_EQ(Codes(Check("household_income", row)), "month:FUTURE_DATE");
    row.set_month("2021-13");
    EXPECT_EQ(Codes(Check("household_income", row)), "month:FORMAT");
}

TEST(CheckRow, WrongUsccChecksumIsAccepted) {
    const Dataset* dataset = nullptr;
    const DatasetField* uscc = nullptr;
    for (const auto& d : TestCatalogue().all()) {
        for (const auto& f : d->fields) {
            if (f.constraint.format() == options::v1::FORMAT_USCC) dataset = d.get(), uscc = &f;
        }
    }
    ASSERT_NE(uscc, nullptr);
    std::unique_ptr<google::protobuf::Message> row(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(dataset->descriptor)
            ->New());
    const auto codes_for = [&](const std::string& text) {
        row->GetReflection()->SetString(row.get(), uscc->field, text);
        CheckedRow out;
        std::vector<RowProblem> problems;
        CheckRow(*dataset, *row, TestContext(), out, problems);
        for (const auto& p : problems) {
            if (p.field == uscc->field->name()) return p.code;
        }
        return std::string();
    };
    EXPECT_EQ(codes_for("91350100M000100Y43"), "");  // the standard's own example
    EXPECT_EQ(codes_for("91350100M000100Y40"), "");  // checksum wrong: a warning at most
    EXPECT_EQ(codes_for("91350100m000100y43"), "");
    EXPECT_EQ(codes_for("9135"), "FORMAT");
}

TEST(CheckRow, OldNumbersAndCertificatesMeanTheSamePerson) {
    const std::string identity = TestIdentity();
    std::vector<CheckedRow> rows;
    for (const std::string& text :
         {identity, identity + "43", identity.substr(0, 6) + identity.substr(8, 9)}) {
        feed::MedicalSettlement row = GoodMedical();
        row.set_identity_no(text);
        CheckedRow out;
        ASSERT_EQ(Codes(Check("medical_settlement", row, &out)), "") << text;
        EXPECT_EQ(out.identity, identity);
        rows.push_back(out);
    }
    EXPECT_EQ(rows[0].content_hash, rows[1].content_hash);
    EXPECT_EQ(rows[0].content_hash, rows[2].content_hash);
}

TEST(CheckRow, KeyAndHashFollowTheirFieldsOnly) {
    feed::MedicalSettlement row = GoodMedical();
    CheckedRow base, same, other_amount, other_visit, other_person;
    Check("medical_settlement", row, &base);
    Check("medical_settlement", row, &same);
    row.set_self_paid_fen(7);
    Check("medical_settlement", row, &other_amount);
    row = GoodMedical();
    row.set_visit_id("V-002");
    Check("medical_settlement", row, &other_visit);
    row = GoodMedical();
    row.set_identity_no(TestIdentity(7));
    Check("medical_settlement", row, &other_person);
    EXPECT_EQ(base.row_key.size(), 16u);
    EXPECT_EQ(base.content_hash, same.content_hash);
    EXPECT_EQ(base.row_key, same.row_key);
    EXPECT_EQ(base.row_key, other_amount.row_key);
    EXPECT_NE(base.content_hash, other_amount.content_hash);
    EXPECT_NE(base.row_key, other_visit.row_key);
    EXPECT_EQ(base.row_key, other_person.row_key);
    EXPECT_EQ(base.content, other_person.content);
    EXPECT_NE(base.content_hash, other_person.content_hash);
}

TEST(CheckRow, KeysAreStable) {
    // Stored with every row for ever: this value never changes.
    feed::MedicalSettlement row = GoodMedical();
    CheckedRow out;
    Check("medical_settlement", row, &out);
    std::string hex;
    for (unsigned char c : out.row_key) {
        char text[3];
        std::snprintf(text, sizeof text, "%02x", c);
        hex += text;
    }
    EXPECT_EQ(hex, "c92e28fd5635797e5dc8b755d52630b3");
}

TEST(ParseRow, SaysWhatIsWrongWithForeignBytes) {
    const Dataset& dataset = *TestCatalogue().Find("medical_settlement");
    feed::MedicalSettlement row;
    std::vector<RowProblem> problems;
    EXPECT_TRUE(ParseRow(dataset, GoodMedical().SerializeAsString(), row, problems));
    EXPECT_TRUE(problems.empty());

    EXPECT_FALSE(ParseRow(dataset, std::string("\x2a\x02\xb9\xf3", 4), row,
                          problems));  // field 5 = hospital
    EXPECT_FALSE(ParseRow(dataset, std::string("\xa2\x06\x01x", 4), row, problems));  // field 100
    EXPECT_FALSE(ParseRow(dataset, "\x2a\x7fshort", row, problems));
    EXPECT_EQ(Codes(problems), "hospital:UTF8 100:UNKNOWN_FIELD :FORMAT");
}

}  // namespace
}  // namespace shouwang::model
