#include "tests/province/mailroom.h"

#include <algorithm>
#include <memory>

#include "tests/province/identity.h"
#include "tests/province/rates.h"
#include "tests/province/row_writer.h"

namespace shouwang::province {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string GetText(const Message& row, const FieldDescriptor* field) {
    return row.GetReflection()->GetString(row, field);
}
void SetText(Message& row, const FieldDescriptor* field, std::string text) {
    row.GetReflection()->SetString(&row, field, std::move(text));
}

std::unique_ptr<Message> Copy(const Message& row) {
    std::unique_ptr<Message> copy(row.New());
    copy->CopyFrom(row);
    return copy;
}

}  // namespace

Mailroom::Mailroom(const Reference& reference, const Options& options, ShardOutput& out)
    : reference_(reference),
      options_(options),
      first_(MakeCalendar(options).first()),
      last_(MakeCalendar(options).last()),
      out_(out) {
    out_.files.resize(static_cast<std::size_t>(last_ + 1) * AllDatasets().size());
}

void Mailroom::Start(std::uint64_t household, int county, std::uint32_t in_county) {
    random_ = Random(options_.seed, 0x3A11, household);
    county_ = county;
    in_county_ = in_county;
    strangers_ = 0;
}

int Mailroom::Send(const Message& row, int month) {
    const DatasetInfo& info = InfoOf(row.GetDescriptor());
    const int file = info.monthly_history ? month : std::max(month, first_ - 1);
    int arrival = file;
    const double lateness = random_.Unit();
    if (info.late && file >= first_ && lateness < rates::kLateOneMonth + rates::kLateTwoMonths)
        arrival += lateness < rates::kLateTwoMonths ? 2 : 1;
    if (arrival > last_) return kNever;
    const double u = random_.Unit();
    double at = rates::kErrorRow;
    // What comes before the first month was cleaned in the years before; only the registry still
    // has its wrong rows.
    const bool clean = arrival < first_ && info.options.id() != "registry_member";
    if (!clean) {
        if (u < at) return SendWrong(info, row, arrival);
        if (u < (at += rates::kTypoRow)) return SendMistyped(info, row, arrival);
        if (u < (at += rates::kRetractedRow))
            SendPhantom(info, row, arrival);
        else if (u < (at += rates::kStrangerRow))
            SendStranger(info, row, arrival);
    }
    Write(info, row, arrival, Outcome::kApplied);
    if (arrival != file) Note(info, arrival, "late");
    if (!clean && u >= at && u < at + rates::kDuplicateRow && arrival >= first_) {
        const int again = std::min(arrival + 1, last_);
        Write(info, row, again, Outcome::kDuplicate);
        Note(info, again, "duplicate");
    }
    return arrival;
}

int Mailroom::SendWrong(const DatasetInfo& info, const Message& row, int arrival) {
    const auto wrong = Copy(row);
    std::string code = Spoil(info, *wrong);
    if (code.empty()) {
        Write(info, row, arrival, Outcome::kApplied);
        return arrival;
    }
    Write(info, *wrong, arrival, Outcome::kRejected);
    Note(info, arrival, "error", std::move(code));
    if (info.must_arrive) {
        Write(info, row, arrival, Outcome::kApplied);
        return arrival;
    }
    if (arrival == last_ || !random_.Chance(rates::kErrorSentAgain)) return kNever;
    Write(info, row, arrival + 1, Outcome::kApplied);
    Note(info, arrival + 1, "late");
    return arrival + 1;
}

int Mailroom::SendMistyped(const DatasetInfo& info, const Message& row, int arrival) {
    const auto wrong = Copy(row);
    if (options_.rows || !Mistype(info, *wrong)) {
        Write(info, row, arrival, Outcome::kApplied);
        return arrival;
    }
    const int corrected = info.must_arrive ? arrival : std::min(arrival + 1, last_);
    Write(info, *wrong, arrival, Outcome::kApplied);
    Note(info, arrival, "typo");
    Write(info, row, corrected, Outcome::kApplied, 1);
    Note(info, corrected, "correction");
    return corrected;
}

// An event that never was: sent, and taken back a month later. The right row goes on its way as
// well.
void Mailroom::SendPhantom(const DatasetInfo& info, const Message& row, int arrival) {
    if (options_.rows || info.key == nullptr ||
        info.options.kind() != options::v1::DATASET_KIND_EVENT || info.subject == nullptr)
        return;
    const auto phantom = Copy(row);
    SetText(*phantom, info.key, GetText(row, info.key) + "P");
    const int taken_back = std::min(arrival + 1, last_);
    Write(info, *phantom, arrival, Outcome::kApplied);
    Note(info, arrival, "phantom");
    Write(info, *phantom, taken_back, Outcome::kApplied, 1, true);
    Note(info, taken_back, "retraction");
}

void Mailroom::SendStranger(const DatasetInfo& info, const Message& row, int arrival) {
    const auto subject = info.options.subject();
    if (info.options.registry() ||
        (subject != options::v1::SUBJECT_PERSON && subject != options::v1::SUBJECT_HOUSEHOLD) ||
        strangers_ > 1)
        return;
    const auto stranger = Copy(row);
    SetText(*stranger, info.subject,
            MakeIdentity(reference_, {Origin::kStranger, county_, in_county_, 0}, 0,
                         strangers_++ == 0));
    if (info.key != nullptr) SetText(*stranger, info.key, GetText(row, info.key) + "S");
    Write(info, *stranger, arrival, Outcome::kUnmatched);
    Note(info, arrival, "stranger");
}

void Mailroom::Write(const DatasetInfo& info, const Message& row, int file, Outcome outcome,
                     std::uint32_t revision, bool retract) {
    FileBuffer& buffer = out_.files[static_cast<std::size_t>(file) * AllDatasets().size() +
                                    static_cast<std::size_t>(info.index)];
    const std::string identity = outcome == Outcome::kRejected ? std::string() : Reshape(info, row);
    if (options_.rows)
        AppendBinary(info, row, identity, buffer.bytes);
    else
        AppendText(info, row, identity, revision, retract, buffer.bytes);
    switch (outcome) {
        case Outcome::kApplied:
            ++buffer.expected.applied;
            return;
        case Outcome::kRejected:
            ++buffer.expected.rejected;
            return;
        case Outcome::kDuplicate:
            ++buffer.expected.duplicate;
            return;
        case Outcome::kUnmatched:
            ++buffer.expected.unmatched;
            return;
    }
}

void Mailroom::Note(const DatasetInfo& info, int file, const char* kind, std::string code) {
    const FileBuffer& buffer = out_.files[static_cast<std::size_t>(file) * AllDatasets().size() +
                                          static_cast<std::size_t>(info.index)];
    out_.mistakes.push_back({file, info.index, buffer.expected.rows(), kind, std::move(code)});
}

// Forms of one and the same number that departments really use. Empty where the plain 18 characters
// are written.
std::string Mailroom::Reshape(const DatasetInfo& info, const Message& row) {
    const auto subject = info.options.subject();
    if (subject != options::v1::SUBJECT_PERSON && subject != options::v1::SUBJECT_HOUSEHOLD)
        return {};
    std::string scratch;
    const std::string& number =
        row.GetReflection()->GetStringReference(row, info.subject, &scratch);
    const double u = random_.Unit();
    if (info.options.id() == "disability_certificate" && u < rates::kCertificateNumber) {
        const auto* type = info.descriptor->FindFieldByName("type");
        const auto* grade = info.descriptor->FindFieldByName("grade");
        std::string text = number + std::to_string(row.GetReflection()->GetInt32(row, type)) +
                           std::to_string(row.GetReflection()->GetInt32(row, grade));
        if (u < rates::kCertificateReissued) text += "B1";
        return text;
    }
    if (number.back() == 'X' && u < rates::kLowerCaseX) return number.substr(0, 17) + "x";
    if (u > 1 - rates::kOldNumber && number.compare(6, 2, "19") == 0) return OldIdentity(number);
    if (u > 1 - rates::kOldNumber - rates::kBlankAround && u < 1 - rates::kOldNumber)
        return " " + number + " ";
    return {};
}

std::string Mailroom::Spoil(const DatasetInfo& info, Message& row) {
    const auto subject = info.options.subject();
    const bool person =
        subject == options::v1::SUBJECT_PERSON || subject == options::v1::SUBJECT_HOUSEHOLD;
    switch (random_.Below(7)) {
        case 0:
        case 1:
            if (!person) break;
            SetText(row, info.subject, BreakChecksum(GetText(row, info.subject)));
            return "IDENTITY_CHECKSUM";
        case 2:
            if (!person) break;
            SetText(row, info.subject, GetText(row, info.subject).substr(0, 17));
            return "IDENTITY_LENGTH";
        case 3:
            row.GetReflection()->ClearField(&row, info.date);
            return "REQUIRED";
        case 4: {
            const std::string date = GetText(row, info.date);
            SetText(row, info.date, "2091" + date.substr(4));
            return "FUTURE_DATE";
        }
        case 5:
            if (info.region != nullptr) {
                const std::string code = GetText(row, info.region);
                SetText(row, info.region, code.size() == 12 ? code.substr(0, 9) + "999" : "369999");
                return "REGION_UNKNOWN";
            }
            if (info.amount != nullptr) {
                for (const Field& field : info.fields) {
                    if (field.descriptor == info.amount)
                        row.GetReflection()->SetInt64(&row, info.amount,
                                                      field.constraint.max() * 100);
                }
                return "RANGE";
            }
            break;
        default:
            break;
    }
    const std::string date = GetText(row, info.date);
    SetText(row, info.date,
            date.size() == 10 ? date.substr(0, 5) + "02-30" : date.substr(0, 5) + "13");
    return "FORMAT";
}

// A zero too many, or two digits changed places; never beyond what the dataset allows.
bool Mailroom::Mistype(const DatasetInfo& info, Message& row) {
    if (info.amount == nullptr || !row.GetReflection()->HasField(row, info.amount)) return false;
    const std::int64_t value = row.GetReflection()->GetInt64(row, info.amount);
    std::int64_t limit = 0;
    for (const Field& field : info.fields) {
        if (field.descriptor == info.amount) limit = field.constraint.max();
    }
    if (value <= 0) return false;
    std::int64_t wrong = value * 10;
    if (wrong > limit || random_.Chance(0.5)) {
        std::string digits = std::to_string(value);
        if (digits.size() < 2 || digits[0] == digits[1] || digits[1] == '0') return false;
        std::swap(digits[0], digits[1]);
        wrong = std::stoll(digits);
    }
    if (wrong > limit || wrong == value) return false;
    row.GetReflection()->SetInt64(&row, info.amount, wrong);
    return true;
}

}  // namespace shouwang::province
