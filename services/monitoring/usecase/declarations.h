// Declarations as officials work on them: the list, the township's unmatched ones, and what is overdue.
#pragma once

#include "common/crypto/crypto.h"
#include "common/model/page.h"
#include "common/record/commands.h"
#include "shouwang/monitoring/v1/discovery.pb.h"

namespace shouwang::monitoring::usecase {

class Declarations {
public:
    Declarations(const record::Commands& commands, const model::PageTokens& tokens, const crypto::Sealer& sealer)
        : commands_(commands), tokens_(tokens), sealer_(sealer) {}

    // With mobile, identity number and steps.
    Status Read(const v1::ReadDeclarationRequest& request, const type::v1::Principal& by, Deadline deadline, v1::Declaration& answer) const;
    Status List(const v1::ListDeclarationsRequest& request, const std::string& region, const type::v1::Principal& by, Deadline deadline,
                v1::ListDeclarationsResponse& response) const;
    Status Match(const v1::MatchDeclarationRequest& request, const type::v1::Principal& by, Deadline deadline, v1::Declaration& answer) const;
    Status Refuse(const v1::RefuseDeclarationRequest& request, const type::v1::Principal& by, Deadline deadline, v1::Declaration& answer) const;
    // Unmatched ones that are overdue go one level up. Any number of times, from any replica.
    Status RunDue(Deadline deadline) const;

private:
    const record::Commands& commands_;
    const model::PageTokens& tokens_;
    const crypto::Sealer& sealer_;
};

}  // namespace shouwang::monitoring::usecase
