// Events about cases, and the little that the files about cases share.
#pragma once

#include "common/record/commands.h"
#include "shouwang/monitoring/event/v1/case_event.pb.h"
#include "shouwang/monitoring/v1/case.pb.h"

namespace shouwang::monitoring::usecase {

inline constexpr const char* kCaseTopic = "shouwang.monitoring.case.v1";

event::v1::CaseSummary SummaryOf(const v1::Case& c);
void AddCaseEvent(record::Work& work, const v1::Case& c, const google::protobuf::Message& data);
// E has `CaseSummary summary = 1`.
template <typename E>
void AddCaseEvent(record::Work& work, const v1::Case& c, E data = {}) {
    *data.mutable_summary() = SummaryOf(c);
    AddCaseEvent(work, c, static_cast<const google::protobuf::Message&>(data));
}

void SetStamp(google::protobuf::Timestamp& stamp, TimePoint at);
TimePoint TimeAt(const google::protobuf::Timestamp& stamp);
// The end of the whole procedure, by a limit that counts from a day.
Status SetTotalDue(record::Work& work, std::string_view parameter, Date since, v1::Case& c);
// The procedure has ended: when the raw parts of its findings go.
Status SetRawDue(record::Work& work, v1::Case& c);
// The caller confirms, as village or as township, that it happened.
void ConfirmEmergency(const type::v1::Principal& by, const v1::Emergency& emergency, v1::Case& c);

}  // namespace shouwang::monitoring::usecase
