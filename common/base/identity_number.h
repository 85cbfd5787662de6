// Identity numbers (GB 11643-1999) as departments really write them, and unified social credit codes (GB 32100-2015).
#pragma once

#include <string>
#include <string_view>

#include "common/base/date.h"
#include "common/base/status.h"

namespace shouwang {

struct IdentityNumber {
    std::string number;   // 18 characters, normalised: upper-case X, 15-digit numbers extended, certificates cut to 18
    Date birth;
    bool male = false;
    std::string region6;  // prefix as printed; may be a code that is no longer in force

    // Accepts 18 characters, old 15-digit numbers, and disability certificates of 20 or 22 (first 18 are the identity number,
    // 19th the type 1-7, 20th the grade 1-4). Surrounding blanks and a full-width or lower-case x are forgiven.
    // Reasons: IDENTITY_LENGTH, IDENTITY_CHARACTER, IDENTITY_DATE, IDENTITY_CHECKSUM, IDENTITY_CERTIFICATE. The region prefix
    // is not judged here: which prefixes ever existed is data (monitoring's region history).
    static Result<IdentityNumber> Parse(std::string_view text);
};

char IdentityCheckCharacter(std::string_view first17);

enum class UsccCheck { kValid, kChecksum, kMalformed };
UsccCheck CheckUscc(std::string_view text);

}  // namespace shouwang
