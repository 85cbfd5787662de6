#include <gtest/gtest.h>

#include "services/gateway/feed/row_reader.h"
#include "services/gateway/feed/testing/door_world.h"

namespace shouwang::gateway::feed {
namespace {

const model::Dataset& Settlement() {
    return *testing::LinkedCatalogue().Find("medical_settlement");
}

std::vector<std::string_view> Split(std::string& line) {
    std::vector<std::string_view> cells;
    SplitCells(line.data(), line.size(), cells);
    return cells;
}

TEST(SplitCells, UnquotesInPlace) {
    const std::pair<std::string, std::vector<std::string>> cases[] = {
        {"", {""}},
        {"a,b", {"a", "b"}},
        {",a,", {"", "a", ""}},
        {"\"a,b\",\"c\"\"d\",\"\"", {"a,b", "c\"d", ""}},
        {"\"x\r\ny\",z", {"x\r\ny", "z"}},
        {"\"\"\"\"", {"\""}},
    };
    for (auto [line, want] : cases) {
        const auto cells = Split(line);
        EXPECT_EQ(std::vector<std::string>(cells.begin(), cells.end()), want);
    }
}

Result<CsvColumns> Columns(std::string header) {
    std::string line = std::move(header);
    return CsvColumns::Read(Settlement(), Split(line));
}

TEST(CsvColumns, NamesWhatIsWrongWithAHeader) {
    EXPECT_TRUE(
        Columns("身份证号,就诊号,结算日期,就诊类别,总费用(元),个人自付(分),_revision,撤回").ok());
    EXPECT_TRUE(Columns("identity_no, visit_id ,settled_on,kind,total_yuan,self_paid_fen").ok());
    const struct {
        const char* header;
        const char* reason;
        const char* column;
        const char* says;
    } cases[] = {
        {"身份证号,就诊号,结算日,就诊类别,总费用(元),个人自付(元)", "UNKNOWN_COLUMN", "结算日",
         "结算日期"},
        {"identity_no,visit_id,settled_no,kind,total_yuan,self_paid_fen", "UNKNOWN_COLUMN",
         "settled_no", "settled_on"},
        {"身份证号,就诊号,结算日期,就诊类别,总费用(万元),个人自付(元)", "UNIT", "总费用(万元)", ""},
        {"身份证号,身份证号,就诊号,结算日期,就诊类别,总费用(元),个人自付(元)", "DUPLICATE_COLUMN",
         "身份证号", ""},
        {"身份证号,identity_no,就诊号,结算日期,就诊类别,总费用(元),个人自付(元)",
         "DUPLICATE_COLUMN", "identity_no", ""},
        {"总费用(元),total_fen,身份证号,就诊号,结算日期,就诊类别,个人自付(元)", "DUPLICATE_COLUMN",
         "total_fen", ""},
        {"身份证号,就诊号,就诊类别,总费用(元),个人自付(元)", "MISSING_COLUMN", "settled_on",
         "结算日期"},
        {"身份证号,\xFF", "UTF8", "column 2", ""},
    };
    for (const auto& c : cases) {
        const Status status = Columns(c.header).status();
        EXPECT_EQ(status.code, Code::kInvalidArgument) << c.header;
        EXPECT_EQ(status.reason, c.reason) << c.header;
        ASSERT_EQ(status.violations.size(), 1u);
        EXPECT_EQ(status.violations[0].field, c.column) << c.header;
        EXPECT_NE(status.message.find(c.says), std::string::npos) << status.message;
    }
}

struct Filled {
    monitoring::feed::v1::MedicalSettlement message;
    IncomingRow row;
    Filled() { row.message = &message; }
    std::string Codes() const {
        std::string out;
        for (const auto& p : row.problems) out += (out.empty() ? "" : " ") + p.field + ":" + p.code;
        return out;
    }
};

TEST(CsvColumns, FillsARow) {
    const auto columns =
        Columns("身份证号,就诊号,就诊类别,结算日期,总费用(元),个人自付(分),_revision,_retract");
    ASSERT_TRUE(columns.ok());
    const struct {
        std::string line;
        std::string codes;
    } cases[] = {
        {"36068119800101123X,V1,住院,2021/6/5,12.50,300,2,是", ""},
        {"36068119800101123X,V1,住院,2021-06-05,12.50,300", ":COLUMNS"},
        {"36068119800101123X,V1,住院,2021-06-05,12.50,300,,,", ":COLUMNS"},
        {"36068119800101123X,V1,住院,2021-06-05,12.50,300,-1,maybe",
         "_revision:FORMAT _retract:FORMAT"},
    };
    for (auto c : cases) {
        Filled filled;
        columns->Fill(Split(c.line), filled.row);
        EXPECT_EQ(filled.Codes(), c.codes) << c.line;
        EXPECT_EQ(filled.row.unreadable, c.codes == ":COLUMNS");
        if (!c.codes.empty()) continue;
        EXPECT_EQ(filled.message.total_fen(), 1250);
        EXPECT_EQ(filled.message.self_paid_fen(), 300);
        EXPECT_EQ(filled.message.settled_on(), "2021-06-05");
        EXPECT_EQ(filled.message.kind(), filled.message.KIND_INPATIENT);
        EXPECT_EQ(filled.row.revision, 2u);
        EXPECT_TRUE(filled.row.retract);
    }
}

TEST(JsonRows, ReadsObjectsAndNamesWhatIsWrong) {
    JsonRows rows(Settlement());
    const struct {
        const char* line;
        const char* codes;
    } cases[] = {
        {R"j({"identity_no":"36068119800101123X","个人自付(元)":12.5,"total_fen":1300,"chronic":true,"hospital":null,"_revision":3})j",
         ""},
        {R"j( {"hospital":"A\u53bf\"医院"} )j", ""},
        {R"j({"hospitall":"x"})j", ":UNKNOWN_FIELD"},
        {R"j({"总费用(万元)":1})j", "total_fen:UNIT"},
        {R"j({"hospital":"x","hospital":"y"})j", "hospital:DUPLICATE_FIELD"},
        {R"j({"hospital":{"a":1},"visit_id":"V"})j", "hospital:FORMAT"},
        {R"j({"hospital":["a"]})j", "hospital:FORMAT"},
        {R"j({"hospital":"x")j", ":JSON"},
        {R"j({"hospital":"x"} {"hospital":"y"})j", ":JSON"},
        {R"j({"hospital":"x"}trailing)j", ":JSON"},
        {R"j([1])j", ":JSON"},
        {R"j("x")j", ":JSON"},
        {R"j({"hospital":nul})j", ":JSON"},
        {R"j({"hospital":"\ud800"})j", ":JSON"},
        {"{\"hospital\":\"\xFF\"}", ":UTF8"},
        {R"j({"total_fen":99999999999999999999999})j", "total_fen:OVERFLOW"},
        {R"j({"total_fen":12x})j", ":JSON"},
    };
    for (const auto& c : cases) {
        Filled filled;
        rows.Fill(c.line, filled.row);
        EXPECT_EQ(filled.Codes(), c.codes) << c.line;
    }
    Filled filled;
    rows.Fill(cases[0].line, filled.row);
    EXPECT_EQ(filled.message.self_paid_fen(), 1250);
    EXPECT_TRUE(filled.message.chronic());
    EXPECT_FALSE(filled.row.retract);
    EXPECT_EQ(filled.row.revision, 3u);
    rows.Fill(std::string(500000, '['), filled.row);
    EXPECT_EQ(filled.row.problems.back().code, "JSON");
}

TEST(Shorten, CutsBetweenCharacters) {
    EXPECT_EQ(Shorten("abc"), "abc");
    std::string name;
    for (int i = 0; i < 30; ++i) name += "类";
    EXPECT_EQ(Shorten("a" + name), "a" + name.substr(0, 57));
}

}  // namespace
}  // namespace shouwang::gateway::feed
