// Datasets as declared: one catalogue read from the descriptors of shouwang.monitoring.feed.v1, and
// the one reader that turns CSV cells, JSON members or protobuf rows into checked rows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "common/base/date.h"
#include "common/base/identity_number.h"
#include "common/base/status.h"
#include "shouwang/options/v1/options.pb.h"

namespace re2 {
class RE2;
}

namespace shouwang::model {

struct FactBinding {
    std::string fact;  // "person.inpatient_self_paid_ytd_fen"
    // All must hold: field, and the integer value it must have (bool as 0/1, enum by number).
    std::vector<std::pair<const google::protobuf::FieldDescriptor*, std::int64_t>> where;
};

struct DatasetField {
    const google::protobuf::FieldDescriptor* field;
    options::v1::Constraint constraint;
    options::v1::PersonalData personal;
    options::v1::Label label;
    std::vector<FactBinding> facts;
    bool key = false;
    bool sealed = false;  // identity, phone, bank: never in plain content

    // Prepared once for the reader.
    std::shared_ptr<const re2::RE2> pattern;           // null where none
    std::size_t max_length = 200;                      // code points
    std::unordered_map<std::string, int> enum_values;  // "KIND_INPATIENT", "INPATIENT", "住院" → 1
    std::vector<std::pair<std::string, bool>>
        column_names;  // normalised headers that mean this field, and whether in yuan
};

struct Dataset {
    const google::protobuf::Descriptor* descriptor;
    options::v1::Dataset options;
    std::vector<DatasetField> fields;  // by field number
    const DatasetField* subject = nullptr;
    const DatasetField* date = nullptr;
};

// Reads every message with the option `dataset` in the files. Aborts at start where a declaration
// is wrong (unknown field, fact, enum value; number used twice).
class Catalogue {
public:
    // facts: the message types that facts are fields of, by prefix ("person" → PersonFacts …).
    Catalogue(const std::vector<const google::protobuf::FileDescriptor*>& files,
              const std::map<std::string, const google::protobuf::Descriptor*>& facts);
    const Dataset* Find(std::string_view id) const;
    const Dataset* Find(std::uint32_t number) const;
    const std::vector<std::unique_ptr<Dataset>>& all() const { return datasets_; }  // by number

private:
    std::vector<std::unique_ptr<Dataset>> datasets_;
    std::map<std::string, const Dataset*, std::less<>> by_id_;
};

struct RowProblem {
    std::string field;
    std::string code;  // REQUIRED, RANGE, FORMAT, ENUM, PATTERN, LENGTH, FUTURE_DATE, UNIT,
                       // UNKNOWN_FIELD, UTF8, OVERFLOW, IDENTITY_*, REGION_UNKNOWN, PHONE
    std::string got;   // masked and shortened to 40 characters
    std::string want;
};

// A row that passed: what the door puts on the bus, before sealing.
struct CheckedRow {
    std::string identity;  // normalised, empty for region subjects
    std::string region;    // SUBJECT_VILLAGE and SUBJECT_REGION: the code
    std::string row_key;   // 16 bytes over the key fields
    Date date;
    std::string content;  // deterministic serialization without sealed fields
    std::string
        sealed_plain;  // serialized message with only phone and bank fields; empty where none
    std::uint64_t content_hash = 0;  // over content, sealed_plain and identity
    std::uint32_t revision = 0;
    bool retract = false;
};

// What a reader needs to know of the world.
struct RowContext {
    Date today;
    std::function<bool(std::string_view code)>
        region_known;  // village or, where allowed, any level
    std::function<bool(std::string_view prefix6)>
        prefix_known;  // identity prefixes that ever existed
};

// Checks a filled message of the dataset's type in place (normalises its identity, region, phone;
// trims blanks). Passed where it adds no problem. A field that `problems` names already (text that
// could not be read) is not reported again as REQUIRED.
void CheckRow(const Dataset& dataset, google::protobuf::Message& row, const RowContext& context,
              CheckedRow& out, std::vector<RowProblem>& problems);

// CheckedRow::row_key of a row that has passed before (key fields are never sealed).
std::string RowKeyOf(const Dataset& dataset, const google::protobuf::Message& row);

// Parses a row that a sender serialized itself. False with a problem: UTF8 names the field,
// UNKNOWN_FIELD the number, else FORMAT.
bool ParseRow(const Dataset& dataset, std::string_view bytes, google::protobuf::Message& row,
              std::vector<RowProblem>& problems);

// Sets one field from text (a CSV cell or a JSON scalar). Blank text leaves the field absent.
// Accepts dates as YYYY-MM-DD, YYYY/M/D, YYYYMMDD; booleans true/false, 1/0, 是/否, Y/N; enums by
// name without prefix or by Chinese label; money in fen, or with `yuan` in yuan with at most two
// decimals.
void SetFromText(const DatasetField& field, std::string_view text, bool yuan,
                 google::protobuf::Message& row, std::vector<RowProblem>& problems);

// Which field a CSV column or JSON member means: field name, Chinese label, or money with its unit
// ("self_paid_yuan", "个人自付(元)", "个人自付（分）"). Unknown → nullptr and no problem: the door
// decides. A unit that is not declared ("万元"), and a money column that names no unit
// ("个人自付"), → nullptr and problem UNIT: a guess would be wrong a hundredfold.
struct ColumnMatch {
    const DatasetField* field = nullptr;
    bool yuan = false;
    bool revision = false, retract = false;  // "_revision", "_retract", 修订号, 撤回
};
ColumnMatch MatchColumn(const Dataset& dataset, std::string_view header,
                        std::vector<RowProblem>& problems);

// Shows a value as a row error may show it: identity numbers, phones and banks masked, 40
// characters at most.
std::string ShowValue(const DatasetField& field, std::string_view text);

}  // namespace shouwang::model
