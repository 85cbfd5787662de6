#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <string_view>

#include "services/monitoring/domain/rule_book.h"

namespace shouwang::monitoring::domain {

extern const std::string_view kDefaultRules;  // rules/default.textproto

namespace {

class FirstError final : public google::protobuf::io::ErrorCollector {
public:
    void AddError(int line, google::protobuf::io::ColumnNumber column,
                  const std::string& message) override {
        if (text.empty())
            text = message + " at " + std::to_string(line + 1) + ":" + std::to_string(column + 1);
    }
    std::string text;
};

}  // namespace

Result<v1::RuleSet> DefaultRuleSet() {
    FirstError error;
    google::protobuf::TextFormat::Parser parser;
    parser.RecordErrorsTo(&error);
    v1::RuleSet rule_set;
    if (!parser.ParseFromString(std::string(kDefaultRules), &rule_set)) {
        return MakeStatus(Code::kInvalidArgument, "RULE_INVALID", "default rules: " + error.text);
    }
    rule_set.set_id(RuleBook::IdOf(rule_set));
    return rule_set;
}

}  // namespace shouwang::monitoring::domain
