// Leads that people bring: a declaring farmer, a cadre, the public. They meet those of screening in one life: an open lead of the same
// household and risk is joined, what people answered less than 90 days before is kept as a duplicate with its reference.
#pragma once

#include <optional>
#include <string>

#include "common/record/commands.h"
#include "services/monitoring/store/lead_store.h"
#include "services/monitoring/usecase/read_leads.h"

namespace shouwang::monitoring::usecase {

struct Report {
    std::int64_t household_id = 0;
    v1::LeadSource source = v1::LEAD_SOURCE_UNSPECIFIED;
    v1::RiskType risk_type = v1::RISK_TYPE_UNSPECIFIED;
    v1::Grade grade = v1::GRADE_UNSPECIFIED;  // unspecified = yellow
    std::string difficulty;
    std::string reporter, reference;          // office; call number, declaration or visit
    std::optional<TimePoint> declared_at;     // by the family: the visit's own limit runs from here
};

enum class ReportedAs { kOpened, kJoined, kRepeated };
struct Reported {
    ReportedAs as = ReportedAs::kOpened;
    store::LeadRecord lead;                   // kRepeated: the closed duplicate, with the reply that was given
};

// In the caller's transaction; locks the household first, so that reports and screening of one household follow each other.
// HOUSEHOLD_NOT_FOUND (also: outside the region of work.by), LEAD_WRONG_ACTOR.
Result<Reported> ReportLeadIn(record::Work& work, const Report& report);

class ReportLead {
public:
    ReportLead(const record::Commands& commands, const LeadReader& reader) : commands_(commands), reader_(reader) {}
    // INVALID_ARGUMENT on source (CADRE or PUBLIC) and reference (PUBLIC: the number of the call or letter).
    Result<v1::Lead> Create(const v1::CreateLeadRequest& request, const type::v1::Principal& by, Deadline deadline) const;

private:
    const record::Commands& commands_;
    const LeadReader& reader_;
};

// "households/7/leads/3".
std::string NameOfLead(const store::LeadRecord& lead);
// INVALID_ARGUMENT on `field` where it is not "households/{household}".
Result<std::int64_t> ParseHouseholdName(const std::string& name, const std::string& field);

}  // namespace shouwang::monitoring::usecase
