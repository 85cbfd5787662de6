// What each dataset's department file looks like (its habits), and what the noise needs to know of
// the dataset. Rows themselves are the messages of shouwang.monitoring.feed.v1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "shouwang/options/v1/options.pb.h"

namespace shouwang::province {

enum class Container { kCsv, kCsvGz, kNdjsonGz };
enum class Charset { kUtf8, kUtf8Bom, kGb18030 };
enum class BoolStyle { kTrueFalse, kOneZero, kShiFou };
enum class DateStyle { kIso, kSlashes, kCompact };

struct Habits {
    Container container = Container::kCsv;
    Charset charset = Charset::kUtf8;
    bool chinese_headers = false;
    bool yuan = false;
    bool chinese_enums = false;
    bool windows_lines = false;
    BoolStyle booleans = BoolStyle::kTrueFalse;
    DateStyle dates = DateStyle::kIso;
};

// What a file of the dataset claims to be.
enum class Completeness {
    kNever,         // changes, or per event
    kAlways,        // all events or the whole state of the month
    kBaselineOnly,  // the whole state once, changes after that
};

struct Field {
    const google::protobuf::FieldDescriptor* descriptor;
    options::v1::Constraint constraint;
    std::string header;  // as the department writes it
    bool money = false, date = false, identity = false;
};

struct DatasetInfo {
    const google::protobuf::Descriptor* descriptor = nullptr;
    options::v1::Dataset options;
    Habits habits;
    Completeness complete = Completeness::kNever;
    bool must_arrive =
        false;  // a wrong row is followed by the right one in the same file (registry and ledgers)
    bool monthly_history = false;  // the year before comes as twelve files, not as one
    bool late = false;             // events may arrive a month or two late
    std::vector<Field> fields;     // by number
    const google::protobuf::FieldDescriptor* subject = nullptr;
    const google::protobuf::FieldDescriptor* date = nullptr;
    const google::protobuf::FieldDescriptor* key = nullptr;  // a free text key, or null
    const google::protobuf::FieldDescriptor* amount =
        nullptr;  // first required amount in fen, or null
    const google::protobuf::FieldDescriptor* region = nullptr;  // region code field, or null
    int index = 0;                                              // position in AllDatasets()
};

// Every message of the feed package that declares itself a dataset, by number.
const std::vector<DatasetInfo>& AllDatasets();
const DatasetInfo& InfoOf(const google::protobuf::Descriptor* descriptor);
std::string ExtensionOf(Container container);

}  // namespace shouwang::province
