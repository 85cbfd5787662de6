// What people see: tables, a progress bar, an explained lead. With --json: the message itself, one object a line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "shouwang/monitoring/v1/feed.pb.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "shouwang/monitoring/v1/overview.pb.h"

namespace shouwang::ctl {

void PrintJson(const google::protobuf::Message& message);
// Columns are padded by what they look like: a Chinese character is two cells wide.
void PrintTable(const std::vector<std::vector<std::string>>& rows);
void PrintLead(const monitoring::v1::Lead& lead, bool zh);
void PrintBatch(const monitoring::v1::Batch& batch);
void PrintOverview(const monitoring::v1::Overview& overview);
std::string Enum(const google::protobuf::Message& message, const char* field);  // "GRADE_RED" → "red"

// One line on stderr, redrawn; silent where stderr is not a terminal.
class ProgressBar {
public:
    explicit ProgressBar(std::string what);
    ~ProgressBar();
    void Set(std::int64_t done, std::int64_t all);

private:
    std::string what_;
    bool terminal_;
    int last_ = -1;
};

}  // namespace shouwang::ctl
