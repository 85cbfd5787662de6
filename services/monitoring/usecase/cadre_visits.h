// Visits by cadres, and the two clear papers.
#pragma once

#include "common/model/page.h"
#include "common/record/commands.h"
#include "services/monitoring/usecase/regions.h"
#include "shouwang/monitoring/v1/campaign.pb.h"

namespace shouwang::monitoring::usecase {

class CadreVisits {
public:
    CadreVisits(const record::Commands& commands, const model::PageTokens& tokens, const Regions& regions) : commands_(commands), tokens_(tokens), regions_(regions) {}

    // One transaction: the visit, its finding as a lead, the campaign's list, the must-visits it answers.
    Status Record(const v1::RecordCadreVisitRequest& request, const type::v1::Principal& by, Deadline deadline, v1::CadreVisit& answer) const;
    Status List(const v1::ListCadreVisitsRequest& request, const std::string& region, const type::v1::Principal& by, Deadline deadline,
                      v1::ListCadreVisitsResponse& response) const;
    // HOUSEHOLD_NOT_FOUND where one of them is none of the caller's region: nothing is recorded then.
    Status RecordPapers(const v1::RecordPapersRequest& request, const type::v1::Principal& by, Deadline deadline, v1::RecordPapersResponse& answer) const;
    Status ListPaperRates(const v1::ListPaperRatesRequest& request, const std::string& region, Deadline deadline, v1::ListPaperRatesResponse& response) const;

private:
    const record::Commands& commands_;
    const model::PageTokens& tokens_;
    const Regions& regions_;
};

}  // namespace shouwang::monitoring::usecase
