#include <random>

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/model/test_datasets.h"

namespace shouwang::model {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct TextCase {
    const char* dataset;
    const char* field;
    std::string text;
    bool yuan;
    std::string value;  // as ShortDebugString of the row, "" where nothing is set
    std::string code;   // "" where it is read
};

TEST(SetFromText, Table) {
    const std::vector<TextCase> cases = {
        {"medical_settlement", "total_fen", "1200", false, "total_fen: 1200", ""},
        {"medical_settlement", "total_fen", "12.5", true, "total_fen: 1250", ""},
        {"medical_settlement", "total_fen", "12", true, "total_fen: 1200", ""},
        {"medical_settlement", "total_fen", "12.00", false, "total_fen: 12", ""},
        {"medical_settlement", "total_fen", "-0.01", true, "total_fen: -1", ""},
        {"medical_settlement", "total_fen", " ", false, "", ""},
        {"medical_settlement", "total_fen", "12.345", true, "", "FORMAT"},
        {"medical_settlement", "total_fen", "12.5", false, "", "FORMAT"},
        {"medical_settlement", "total_fen", "1,200", false, "", "FORMAT"},
        {"medical_settlement", "total_fen", "1e6", false, "", "FORMAT"},
        {"medical_settlement", "total_fen", "-", false, "", "FORMAT"},
        {"medical_settlement", "total_fen", "--5", false, "", "FORMAT"},
        {"medical_settlement", "total_fen", "5.", true, "", "FORMAT"},
        {"medical_settlement", "total_fen", "1200元", true, "", "UNIT"},
        {"medical_settlement", "total_fen", "1.2万", true, "", "UNIT"},
        {"medical_settlement", "total_fen", "9223372036854775807", false,
         "total_fen: 9223372036854775807", ""},
        {"medical_settlement", "total_fen", "9223372036854775808", false, "", "OVERFLOW"},
        {"medical_settlement", "total_fen", "92233720368547758.08", true, "", "OVERFLOW"},
        {"water_supply", "cut_off_days", "2147483648", false, "", "OVERFLOW"},
        {"medical_settlement", "kind", "KIND_INPATIENT", false, "kind: KIND_INPATIENT", ""},
        {"medical_settlement", "kind", "inpatient", false, "kind: KIND_INPATIENT", ""},
        {"medical_settlement", "kind", "住院", false, "kind: KIND_INPATIENT", ""},
        {"medical_settlement", "kind", "1", false, "", "ENUM"},
        {"medical_settlement", "kind", "KIND_UNSPECIFIED", false, "", "ENUM"},
        {"medical_settlement", "settled_on", "2021-06-01", false, "settled_on: \"2021-06-01\"", ""},
        {"medical_settlement", "settled_on", "2021/6/1", false, "settled_on: \"2021-06-01\"", ""},
        {"medical_settlement", "settled_on", "20210601", false, "settled_on: \"2021-06-01\"", ""},
        {"medical_settlement", "settled_on", "2021年6月1日", false, "settled_on: \"2021-06-01\"",
         ""},
        {"medical_settlement", "settled_on", "2021/6/1 0:00:00", false,
         "settled_on: \"2021-06-01\"", ""},
        {"medical_settlement", "settled_on", "1/6/2021", false, "settled_on: \"1/6/2021\"",
         ""},  // refused by the row check
        {"household_income", "month", "2021-06", false, "month: \"2021-06\"", ""},
        {"household_income", "month", "202106", false, "month: \"2021-06\"", ""},
        {"household_income", "month", "2021年6月", false, "month: \"2021-06\"", ""},
        {"household_income", "month", "2021-06-30", false, "month: \"2021-06-30\"", ""},
        {"registry_member", "main_earner", "是", false, "main_earner: true", ""},
        {"registry_member", "main_earner", "n", false, "main_earner: false", ""},
        {"registry_member", "main_earner", "0", false, "main_earner: false", ""},
        {"registry_member", "main_earner", "TRUE", false, "main_earner: true", ""},
        {"registry_member", "main_earner", "maybe", false, "", "FORMAT"},
        {"medical_settlement", "hospital", "\xb9\xf3", false, "", "UTF8"},
    };
    for (const TextCase& c : cases) {
        SCOPED_TRACE(std::string(c.field) + " = " + c.text);
        const Dataset& dataset = *TestCatalogue().Find(c.dataset);
        std::unique_ptr<Message> row(google::protobuf::MessageFactory::generated_factory()
                                         ->GetPrototype(dataset.descriptor)
                                         ->New());
        std::vector<RowProblem> problems;
        SetFromText(FieldOf(dataset, c.field), c.text, c.yuan, *row, problems);
        EXPECT_EQ(row->ShortDebugString(), c.value);
        EXPECT_EQ(problems.empty() ? "" : problems[0].code, c.code);
    }
}

TEST(MatchColumn, Table) {
    struct Case {
        const char* header;
        const char* field;  // "" = none
        bool yuan;
        const char* problem;
    };
    const Dataset& medical = *TestCatalogue().Find("medical_settlement");
    const std::vector<Case> cases = {
        {"identity_no", "identity_no", false, ""},
        {"身份证号", "identity_no", false, ""},
        {"\xef\xbb\xbf身份证号", "identity_no", false, ""},
        {" Identity_No ", "identity_no", false, ""},
        {"self_paid_fen", "self_paid_fen", false, ""},
        {"self_paid_yuan", "self_paid_fen", true, ""},
        {"个人自付(元)", "self_paid_fen", true, ""},
        {"个人自付（分）", "self_paid_fen", false, ""},
        {"个人自付 （元）", "self_paid_fen", true, ""},
        {"个人自付[元]", "self_paid_fen", true, ""},
        {"个人自付(万元)", "", false, "UNIT"},
        {"个人自付", "", false, "UNIT"},
        {"self_paid", "", false, "UNIT"},
        {"self_paid_wanyuan", "", false, "UNIT"},
        {"就诊号(元)", "", false, "UNIT"},
        {"备注", "", false, ""},
        {"", "", false, ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.header);
        std::vector<RowProblem> problems;
        const ColumnMatch match = MatchColumn(medical, c.header, problems);
        EXPECT_EQ(match.field == nullptr ? "" : match.field->field->name(), c.field);
        EXPECT_EQ(match.yuan, c.yuan);
        EXPECT_EQ(problems.empty() ? "" : problems[0].code, c.problem);
    }
    std::vector<RowProblem> problems;
    EXPECT_TRUE(MatchColumn(medical, "修订号", problems).revision);
    EXPECT_TRUE(MatchColumn(medical, "_revision", problems).revision);
    EXPECT_TRUE(MatchColumn(medical, "撤回", problems).retract);
    EXPECT_TRUE(MatchColumn(medical, "_retract", problems).retract);
    EXPECT_TRUE(problems.empty());
    (void)MatchColumn(medical, "个人自付(万元)", problems);
    EXPECT_EQ(problems[0].want, "个人自付(元) or 个人自付(分)");
    EXPECT_EQ(problems[0].field, "self_paid_fen");
}

TEST(MatchColumn, EveryNameOfEveryFieldMeansItAlone) {
    for (const auto& dataset : TestCatalogue().all()) {
        for (const DatasetField& field : dataset->fields) {
            for (const auto& [name, yuan] : field.column_names) {
                SCOPED_TRACE(dataset->options.id() + " " + name);
                std::vector<RowProblem> problems;
                const ColumnMatch match = MatchColumn(*dataset, name, problems);
                EXPECT_EQ(match.field, &field);
                EXPECT_EQ(match.yuan, yuan);
                EXPECT_TRUE(problems.empty());
            }
        }
    }
}

TEST(ShowValue, HidesAndShortens) {
    const Dataset& medical = *TestCatalogue().Find("medical_settlement");
    const Dataset& member = *TestCatalogue().Find("registry_member");
    EXPECT_EQ(ShowValue(FieldOf(medical, "identity_no"), "360681198001011230"),
              "360681********1230");
    EXPECT_EQ(ShowValue(FieldOf(member, "phone"), "13812345678"), "138****5678");
    EXPECT_EQ(ShowValue(FieldOf(member, "name"), "张大明"), "张*明");
    EXPECT_EQ(ShowValue(FieldOf(medical, "settled_on"), "2021-13-01"), "2021-13-01");
    // A slipped column shows no one's number.
    EXPECT_EQ(ShowValue(FieldOf(medical, "settled_on"), "360681198001011230"),
              "360681********1230");
    EXPECT_EQ(ShowValue(FieldOf(medical, "hospital"), "电话13812345678"), "电话138****5678");
    const std::string shown = ShowValue(FieldOf(medical, "hospital"), "医" + std::string(100, 'x'));
    EXPECT_EQ(shown, "医" + std::string(38, 'x') + "…");
    EXPECT_EQ(ShowValue(FieldOf(medical, "hospital"), "\xb9\xf3"), "\xef\xbf\xbd\xef\xbf\xbd");
}

// --- Property: whatever the declarations allow is read and passes, for every dataset.
// ---------------------------------------------

class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}

    // Text that the declaration allows, in one of the forms that departments use.
    std::string Text(const DatasetField& field, bool* yuan) {
        *yuan = false;
        switch (field.field->cpp_type()) {
            case FieldDescriptor::CPPTYPE_BOOL:
                return Of({"true", "false", "1", "0", "是", "否", "Y", "n"});
            case FieldDescriptor::CPPTYPE_ENUM: {
                auto it = field.enum_values.begin();
                std::advance(it, Number(0, static_cast<long>(field.enum_values.size()) - 1));
                return it->first;
            }
            case FieldDescriptor::CPPTYPE_STRING:
                return StringFor(field);
            default:
                return Amount(field, yuan);
        }
    }
    long Number(long from, long to) {
        return std::uniform_int_distribution<long>(from, to)(random_);
    }
    std::mt19937& random() { return random_; }

private:
    std::string Of(std::vector<std::string> choices) {
        return choices[static_cast<std::size_t>(Number(0, static_cast<long>(choices.size()) - 1))];
    }

    std::string Amount(const DatasetField& field, bool* yuan) {
        const auto& c = field.constraint;
        const long value = Number(c.has_min() ? c.min() : 0, c.has_max() ? c.max() : 1000);
        *yuan = c.unit() == options::v1::UNIT_FEN && Number(0, 1) == 1;
        if (!*yuan) return std::to_string(value);
        const long size = value < 0 ? -value : value;
        const std::string cents = std::to_string(100 + size % 100).substr(1);
        return (value < 0 ? "-" : "") + std::to_string(size / 100) + "." + cents;
    }

    std::string StringFor(const DatasetField& field) {
        const auto day =
            *Date::Parse("2020-01-01") + static_cast<int>(Number(0, 546));  // up to 2021-06-30
        const std::string date = day.ToString();
        switch (field.constraint.format()) {
            case options::v1::FORMAT_IDENTITY: {
                const std::string id = TestIdentity(static_cast<int>(Number(0, 999)));
                return Of({id, " " + id, id + "41", id.substr(0, 6) + id.substr(8, 9)});
            }
            case options::v1::FORMAT_REGION12:
                return field.constraint.region_any_level()
                           ? Of({"36", "3606", "360681", "360681000000", "360681101200"})
                           : "360681101" + std::to_string(Number(200, 299));
            case options::v1::FORMAT_DATE:
                return Of({date, date.substr(0, 4) + "/" + date.substr(5, 2) + "/" + date.substr(8),
                           date.substr(0, 4) + date.substr(5, 2) + date.substr(8)});
            case options::v1::FORMAT_MONTH:
                return Of({date.substr(0, 7), date.substr(0, 4) + date.substr(5, 2)});
            case options::v1::FORMAT_PHONE:
                return Of({"13812345678", "+86 13812345678", "0791-88886666", "079188886666"});
            case options::v1::FORMAT_USCC:
                return Of({"91350100M000100Y43", "91350100M000100Y40"});
            default:
                return field.constraint.pattern().empty() ? Free(field)
                                                          : Matching(field.constraint.pattern());
        }
    }
    std::string Free(const DatasetField& field) {
        std::string text = Of({"A", "村", "张三", "x y", "№1"});
        const long more = Number(0, static_cast<long>(field.max_length) - 3);
        for (long i = 0; i < more; ++i) text += Of({"a", "号", "7", "-"});
        return text;
    }
    // Patterns of one class and one count: "[0-9A-Z]{8,30}", "[A-Z0-9_]+".
    std::string Matching(const std::string& pattern) {
        const std::size_t close = pattern.find(']');
        const long least = pattern[close + 1] == '{' ? std::stol(pattern.substr(close + 2)) : 1;
        std::string text;
        for (long i = 0; i < least; ++i) text.push_back(pattern[1] == '[' ? 'x' : pattern[1]);
        return text;
    }

    std::mt19937 random_;
};

TEST(Property, GeneratedRowsPassAndAreDeterministic) {
    constexpr unsigned kRows = 200;
    for (const auto& dataset : TestCatalogue().all()) {
        SCOPED_TRACE(dataset->options.id());
        for (unsigned seed = 0; seed < kRows; ++seed) {
            Generator generator(seed);
            std::unique_ptr<Message> row(google::protobuf::MessageFactory::generated_factory()
                                             ->GetPrototype(dataset->descriptor)
                                             ->New());
            std::vector<RowProblem> problems;
            for (const DatasetField& field : dataset->fields) {
                if (!field.constraint.required() && generator.Number(0, 2) == 0) continue;
                bool yuan = false;
                const std::string text = generator.Text(field, &yuan);
                SetFromText(field, text, yuan, *row, problems);
                ASSERT_TRUE(problems.empty())
                    << field.field->name() << " = " << text << ": " << problems[0].code;
            }
            CheckedRow out, again;
            CheckRow(*dataset, *row, TestContext(), out, problems);
            ASSERT_TRUE(problems.empty())
                << row->ShortDebugString() << problems[0].field << " " << problems[0].code;

            // Content and sealed part together are the row without its identity number; a checked
            // row checks to itself.
            std::unique_ptr<Message> rebuilt(row->New());
            ASSERT_TRUE(rebuilt->MergeFromString(out.content) &&
                        rebuilt->MergeFromString(out.sealed_plain));
            if (!out.identity.empty())
                rebuilt->GetReflection()->SetString(rebuilt.get(), dataset->subject->field,
                                                    out.identity);
            EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*row, *rebuilt))
                << row->ShortDebugString();
            CheckRow(*dataset, *rebuilt, TestContext(), again, problems);
            ASSERT_TRUE(problems.empty());
            EXPECT_EQ(again.content, out.content);
            EXPECT_EQ(again.content_hash, out.content_hash);
            EXPECT_EQ(again.row_key, out.row_key);
            EXPECT_EQ(again.date, out.date);
        }
    }
}

TEST(Property, AnyBytesEndInProblemsNeverInACrash) {
    std::mt19937 random(7);
    for (int i = 0; i < 20000; ++i) {
        const auto& all = TestCatalogue().all();
        const Dataset& dataset = *all[random() % all.size()];
        std::unique_ptr<Message> row(google::protobuf::MessageFactory::generated_factory()
                                         ->GetPrototype(dataset.descriptor)
                                         ->New());
        std::vector<RowProblem> problems;
        std::string noise;
        for (unsigned n = random() % 40; n > 0; --n)
            noise.push_back(static_cast<char>(
                random() % 4 == 0 ? random() % 256 : "0123456789-./年元万X "[random() % 20]));
        if (i % 4 == 0) {
            if (!ParseRow(dataset, noise, *row, problems)) {
                EXPECT_FALSE(problems.empty());
                continue;
            }
        } else {
            for (const DatasetField& field : dataset.fields)
                SetFromText(field, noise, i % 2 == 0, *row, problems);
        }
        CheckedRow out;
        CheckRow(dataset, *row, TestContext(), out, problems);
        for (const RowProblem& p : problems) EXPECT_TRUE(IsValidUtf8(p.got)) << p.field;
    }
}

}  // namespace
}  // namespace shouwang::model
