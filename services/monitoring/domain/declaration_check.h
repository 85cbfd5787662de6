// What a farmer types: at most four fields and two choices (head, mobile, identity number, difficulty; village, risk type). Pure.
#pragma once

#include "common/base/identity_number.h"
#include "common/base/status.h"
#include "shouwang/monitoring/v1/discovery.pb.h"

namespace shouwang::monitoring::domain {

struct CheckedDeclaration {
    std::string head_name, mobile, difficulty;  // without blanks around; mobile: 11 digits
    IdentityNumber identity;
};

// INVALID_ARGUMENT "DECLARATION_FIELDS" with one violation a field, each in Chinese and English. What was typed is never repeated.
Result<CheckedDeclaration> CheckDeclaration(const v1::DeclareRequest& request);

}  // namespace shouwang::monitoring::domain
