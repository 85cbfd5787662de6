// What a farmer does without signing in: declares a difficulty, and reads how far it is.
#pragma once

#include "common/crypto/crypto.h"
#include "common/record/commands.h"
#include "services/monitoring/domain/declaration_check.h"
#include "services/monitoring/usecase/household_codes.h"
#include "shouwang/monitoring/v1/discovery.pb.h"

namespace shouwang::monitoring::usecase {

class Farmer {
public:
    Farmer(const record::Commands& commands, const HouseholdCodes& codes, const crypto::Sealer& sealer, const crypto::BlindIndex& blind)
        : commands_(commands), codes_(codes), sealer_(sealer), blind_(blind) {}

    // A lead where the identity number belongs to the household; else it is kept for the township. Never dropped. Errors: DECLARATION_FIELDS,
    // HOUSEHOLD_CODE_INVALID, HOUSEHOLD_CODE_REVOKED, DECLARATION_LIMIT (RESOURCE_EXHAUSTED).
    Status Declare(const v1::DeclareRequest& request, Deadline deadline, v1::DeclareResponse& answer) const;
    // DECLARATION_NOT_FOUND where number and code do not belong together.
    Status Progress(const v1::GetDeclarationRequest& request, Deadline deadline, v1::DeclarationProgress& answer) const;

private:
    struct Household {
        std::int64_t id = 0;  // 0 = not known
        std::string region_code;
        std::string mismatch;  // empty = the declarant's identity number belongs to it
    };
    Result<Household> HouseholdOf(record::Work& work, const v1::DeclareRequest& request, const IdentityNumber& identity) const;
    Status CheckLimits(record::Work& work, const v1::DeclareRequest& request, const Household& household) const;
    Status Keep(record::Work& work, const v1::DeclareRequest& request, const domain::CheckedDeclaration& checked, const Household& household,
                v1::DeclareResponse& answer) const;
    Result<bool> Opens(pg::Connection& connection, const v1::Declaration& declaration, const std::string& code) const;
    const record::Commands& commands_;
    const HouseholdCodes& codes_;
    const crypto::Sealer& sealer_;
    const crypto::BlindIndex& blind_;
};

// Contexts of the sealed fields.
inline constexpr std::string_view kSealDeclaredIdentity = "declaration.identity";
inline constexpr std::string_view kSealDeclaredMobile = "declaration.mobile";

}  // namespace shouwang::monitoring::usecase
