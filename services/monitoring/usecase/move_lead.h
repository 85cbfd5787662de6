// The steps of a lead by people: dispatch, accept, visit, close. One transaction each: request id → lock → region → etag → state table →
// save, step, event, stored answer.
#pragma once

#include <functional>

#include "common/base/clock.h"
#include "common/pg/pg.h"
#include "services/monitoring/store/lead_store.h"
#include "services/monitoring/usecase/read_leads.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::monitoring::usecase {

struct LeadCommand {
    std::string name;         // "households/{household}/leads/{lead}"
    std::string command;      // "dispatch", "accept", "visit", "close"
    std::string etag, request_id;
    std::string request;      // serialized, for the request id
    std::string note;
    // Checks and changes the lead beyond the state itself; may be empty.
    std::function<Status(store::LeadRecord&)> change;
    std::optional<v1::Visit> visit;
};

class MoveLead {
public:
    MoveLead(pg::Pool& pool, const LeadReader& reader, const Clock& clock) : pool_(pool), reader_(reader), clock_(clock) {}

    Result<v1::Lead> Dispatch(const v1::DispatchLeadRequest& request, const type::v1::Principal& by, Deadline deadline);
    Result<v1::Lead> Accept(const v1::AcceptLeadRequest& request, const type::v1::Principal& by, Deadline deadline);
    Result<v1::Lead> Visit(const v1::VisitLeadRequest& request, const type::v1::Principal& by, Deadline deadline);
    Result<v1::Lead> Close(const v1::CloseLeadRequest& request, const type::v1::Principal& by, Deadline deadline);

private:
    Result<v1::Lead> Run(const LeadCommand& command, const type::v1::Principal& by, Deadline deadline);
    pg::Pool& pool_;
    const LeadReader& reader_;
    const Clock& clock_;
};

}  // namespace shouwang::monitoring::usecase
