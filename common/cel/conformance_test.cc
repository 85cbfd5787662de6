// The simple tests of the CEL specification (conformance/SOURCE.md). What lies inside the subset must
// give what the specification says; what lies outside is refused, and every refusal with its reason
// stands in conformance/report.txt, so that nothing moves unseen. `--write` writes the report anew.
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "common/cel/test_columns.h"
#include "common/cel/test_world.h"

namespace shouwang::cel {
namespace {

const std::string kFolder = "common/cel/conformance/";

bool write_report = false;

struct SpecTest {
    std::string path, expectation, type, expression;
};

std::string Unescaped(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            plain += text[i];
            continue;
        }
        const char c = text[++i];
        plain += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
    }
    return plain;
}

std::vector<SpecTest> ReadTests() {
    std::ifstream file(kFolder + "tests.tsv");
    std::vector<SpecTest> tests;
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with('#')) continue;
        std::istringstream fields(line);
        SpecTest test;
        std::getline(fields, test.path, '\t');
        std::getline(fields, test.expectation, '\t');
        std::getline(fields, test.type, '\t');
        std::getline(fields, test.expression);
        test.expression = Unescaped(test.expression);
        tests.push_back(std::move(test));
    }
    return tests;
}

struct Outcome {
    enum Kind { kPass, kDiffers, kOutside } kind = kOutside;
    std::string why;
};

// Our programs are conditions: a number or text is compared with what is wanted.
struct Condition {
    std::string source;  // empty = cannot be asked
    Tri wanted = Tri::kTrue;
    std::string why;
};

Condition ConditionOf(const SpecTest& test) {
    std::istringstream words(test.expectation);
    std::string kind, value;
    words >> kind;
    words.get();  // one blank: the others are the value's own
    std::getline(words, value);
    value = Unescaped(value);
    // On lines of its own, so that a comment at the end of the expression ends.
    const std::string inner = "(\n" + test.expression + "\n)";
    if (kind == "other") return {"", Tri::kTrue, value};
    if (kind == "bool") return {test.expression, value == "true" ? Tri::kTrue : Tri::kFalse, ""};
    if (kind == "int") return {inner + " == " + value, Tri::kTrue, ""};
    if (kind == "string") {
        if (value.find_first_of("'\\\n\r\t") != std::string::npos)
            return {"", Tri::kTrue, "string with quotes or control characters"};
        return {inner + " == '" + value + "'", Tri::kTrue, ""};
    }
    // An error of the specification is unknown here (README.md).
    if (test.type == "int") return {inner + " == 0", Tri::kUnknown, ""};
    if (test.type == "string") return {inner + " == ''", Tri::kUnknown, ""};
    return {test.expression, Tri::kUnknown, ""};
}

// "CEL_UNSUPPORTED unknown function 'double'": the message without its place.
std::string ReasonOf(const Status& status) {
    const std::size_t place = status.message.rfind(" at ");
    std::string message = status.message.substr(0, place);
    // What stands between the quotes is the test's own, except for functions and methods.
    if (message.find("unknown function") == std::string::npos &&
        message.find("unknown method") == std::string::npos) {
        const std::size_t open = message.find('\''), close = message.rfind('\'');
        if (open != close) message = message.substr(0, open) + "'…'" + message.substr(close + 1);
    }
    return status.reason + " " + message;
}

const char* NameOf(Tri verdict) {
    return verdict == Tri::kTrue ? "true" : verdict == Tri::kFalse ? "false" : "unknown";
}

Tri OverColumns(const std::shared_ptr<const Program>& program) {
    TestBlock block;
    std::vector<TestWorld> worlds(1);
    block.Fill(worlds, false);
    ColumnWorkspace workspace;
    std::uint64_t t = 0, k = 0;
    ColumnProgram::Compile(program).value()->Run(block, workspace, &t, &k);
    return k == 0 ? Tri::kUnknown : t != 0 ? Tri::kTrue : Tri::kFalse;
}

Outcome Ask(const SpecTest& test) {
    const Condition condition = ConditionOf(test);
    if (condition.source.empty()) return {Outcome::kOutside, condition.why};
    const Environment environment({}, {});
    const auto program = Program::Compile(environment, condition.source);
    if (!program.ok()) return {Outcome::kOutside, ReasonOf(program.status())};
    const Tri verdict = (*program)->Evaluate(TestWorld());
    EXPECT_EQ(OverColumns(*program), verdict) << test.path;
    if (verdict == condition.wanted) return {Outcome::kPass, ""};
    return {Outcome::kDiffers,
            std::string(NameOf(verdict)) + ", the specification says " + test.expectation};
}

std::string Report(const std::vector<SpecTest>& tests) {
    std::map<std::string, std::vector<std::string>> outside;
    std::vector<std::string> inside, differs;
    for (const SpecTest& test : tests) {
        const Outcome outcome = Ask(test);
        if (outcome.kind == Outcome::kPass) inside.push_back(test.path);
        if (outcome.kind == Outcome::kDiffers) differs.push_back(test.path + ": " + outcome.why);
        if (outcome.kind == Outcome::kOutside) outside[outcome.why].push_back(test.path);
    }
    std::string text = "# CEL conformance: " + std::to_string(tests.size()) + " tests, " +
                       std::to_string(inside.size()) + " inside the subset pass, " +
                       std::to_string(differs.size()) + " differ, the rest is refused\n";
    const auto list = [&](const std::string& title, const std::vector<std::string>& lines) {
        text += "\n## " + title + " (" + std::to_string(lines.size()) + ")\n";
        for (const std::string& line : lines) text += line + "\n";
    };
    list("pass", inside);
    list("differ", differs);
    for (const auto& [why, paths] : outside) list("refused: " + why, paths);
    return text;
}

TEST(Conformance, IsWhatTheReportSays) {
    const std::vector<SpecTest> tests = ReadTests();
    ASSERT_GT(tests.size(), 2000u);
    const std::string report = Report(tests);
    if (write_report) {
        std::ofstream(kFolder + "report.txt") << report;
        return;
    }
    std::ifstream file(kFolder + "report.txt");
    const std::string wanted((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::istringstream is(report), was(wanted);
    for (std::string a, b; std::getline(is, a), std::getline(was, b), is || was; a.clear(), b.clear())
        ASSERT_EQ(a, b) << "report.txt is not what is found; after a wanted change run with --write";
}

// Inside the subset the meaning is the specification's, with no exception but these.
TEST(Conformance, DifferencesAreMeant) {
    static const std::map<std::string, std::string> kMeant = {
    };
    for (const SpecTest& test : ReadTests()) {
        const Outcome outcome = Ask(test);
        EXPECT_EQ(outcome.kind == Outcome::kDiffers, kMeant.contains(test.path))
            << test.path << ": " << outcome.why << "\n" << test.expression;
    }
}

}  // namespace
}  // namespace shouwang::cel

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    shouwang::cel::write_report = argc > 1 && std::string_view(argv[1]) == "--write";
    return RUN_ALL_TESTS();
}
