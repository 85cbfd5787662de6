// Leads as people and programs read them.
#pragma once

#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/model/page.h"
#include "common/pg/pg.h"
#include "services/monitoring/store/lead_store.h"
#include "services/monitoring/usecase/regions.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::monitoring::usecase {

struct LeadName {
    std::int64_t household_id, lead_id;
};
Result<LeadName> ParseLeadName(const std::string& name);
std::string EtagOf(const store::LeadRecord& lead);

class LeadReader {
public:
    LeadReader(pg::Pool& pool, const Regions& regions, const model::PageTokens& tokens, const Clock& clock)
        : pool_(pool), regions_(regions), tokens_(tokens), clock_(clock) {}

    // With steps and next commands. NOT_FOUND outside the principal's region.
    Result<v1::Lead> Get(const std::string& name, const type::v1::Principal& by, Deadline deadline) const;
    Result<v1::Lead> Read(pg::Connection& connection, LeadName name, const type::v1::Principal& by) const;
    // region: already narrowed to the principal's.
    Result<v1::ListLeadsResponse> List(const v1::ListLeadsRequest& request, const std::string& region, const type::v1::Principal& by, Deadline deadline) const;
    // All of the filter, page by page, until `write` answers false.
    Status Export(const v1::ListLeadsRequest& request, const std::string& region, const type::v1::Principal& by, Deadline deadline,
                  const std::function<bool(const v1::Lead&)>& write) const;

private:
    Result<store::LeadFilter> FilterOf(const v1::ListLeadsRequest& request, const std::string& region) const;
    v1::Lead Show(store::LeadRecord record, const type::v1::Principal& by) const;
    // Batch numbers in the sources become batch names.
    Status NameSources(pg::Connection& connection, std::span<v1::Lead*> leads) const;
    pg::Pool& pool_;
    const Regions& regions_;
    const model::PageTokens& tokens_;
    const Clock& clock_;
};

}  // namespace shouwang::monitoring::usecase
