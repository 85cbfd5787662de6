// Shapes of what the village brings to a case: minutes, answers, risks, ends. Pure.
#pragma once

#include <string>

#include "common/base/date.h"
#include "common/base/status.h"
#include "shouwang/monitoring/v1/case_service.pb.h"

namespace shouwang::monitoring::domain {

inline constexpr int kMostRisks = 5;

// 1 to 5 different risks. INVALID_ARGUMENT "CASE_RISKS" on `risks`.
Status CheckRisks(const google::protobuf::RepeatedField<int>& risks);
// Minutes of the review: attendees, votes that add up, a result that follows from them. INVALID_ARGUMENT "CASE_REVIEW" on review.….
Status CheckReview(const v1::Review& review, Date today);
// Nothing on the wall that looks like a person's number. INVALID_ARGUMENT "CASE_PUBLICITY" on `field`.
Status CheckPosted(const std::string& text, const std::string& field);
// One answer for each open objection, no other. INVALID_ARGUMENT "CASE_OBJECTION" on answers[1].number …
Status CheckAnswers(const v1::Case& c, const google::protobuf::RepeatedPtrField<v1::ObjectionAnswer>& answers);
// Reasons that fit the end state and the record. INVALID_ARGUMENT "CASE_END" on `end`.
Status CheckEnd(const v1::Case& c, v1::CaseState to, v1::CaseEnd end);

}  // namespace shouwang::monitoring::domain
