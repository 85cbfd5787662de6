#include "services/monitoring/domain/embedded_text.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <string>

namespace shouwang::monitoring::domain {
namespace {

class FirstError final : public google::protobuf::io::ErrorCollector {
public:
    void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
        if (text.empty()) text = message + " at " + std::to_string(line + 1) + ":" + std::to_string(column + 1);
    }
    std::string text;
};

}  // namespace

Status ParseText(std::string_view text, std::string_view what, const char* reason, google::protobuf::Message& out) {
    FirstError error;
    google::protobuf::TextFormat::Parser parser;
    parser.RecordErrorsTo(&error);
    if (parser.ParseFromString(std::string(text), &out)) return Status::Ok();
    return MakeStatus(Code::kInvalidArgument, reason, std::string(what) + ": " + error.text);
}

}  // namespace shouwang::monitoring::domain
