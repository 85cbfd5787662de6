// The steps of a lead by people: dispatch, accept, visit, close. One transaction each: request id → lock → region → etag → state table →
// save, step, event, stored answer. A confirmed end opens or joins a case; every end answers the declarations behind the lead.
#pragma once

#include <functional>

#include "common/record/commands.h"
#include "services/monitoring/store/lead_store.h"
#include "services/monitoring/usecase/read_leads.h"
#include "shouwang/monitoring/v1/lead.pb.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::monitoring::usecase {

class MoveLead {
public:
    MoveLead(const record::Commands& commands, const LeadReader& reader) : commands_(commands), reader_(reader) {}

    Result<v1::Lead> Dispatch(const v1::DispatchLeadRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    Result<v1::Lead> Accept(const v1::AcceptLeadRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    Result<v1::Lead> Visit(const v1::VisitLeadRequest& request, const type::v1::Principal& by, Deadline deadline) const;
    Result<v1::Lead> Close(const v1::CloseLeadRequest& request, const type::v1::Principal& by, Deadline deadline) const;

private:
    struct Step {
        std::string_view command;
        std::string note;
        std::optional<v1::Visit> visit;
        // Checks and changes the lead beyond the state itself; may be empty.
        std::function<Status(record::Work&, store::LeadRecord&)> change;
    };
    template <typename Request>
    Result<v1::Lead> Run(const Request& request, const Step& step, const type::v1::Principal& by, Deadline deadline) const;
    Status Move(record::Work& work, LeadName name, const std::string& etag, const Step& step) const;
    Status End(record::Work& work, store::LeadRecord& lead, const v1::CloseLeadRequest& request) const;
    const record::Commands& commands_;
    const LeadReader& reader_;
};

}  // namespace shouwang::monitoring::usecase
