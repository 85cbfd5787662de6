#include "services/monitoring/usecase/declarations.h"

#include "services/monitoring/store/discovery_store.h"
#include "services/monitoring/usecase/declaration_answer.h"
#include "services/monitoring/usecase/discovery_kinds.h"
#include "services/monitoring/usecase/farmer.h"
#include "services/monitoring/usecase/report_lead.h"
#include "shouwang/monitoring/event/v1/discovery_event.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using google::protobuf::Message;
constexpr int kBatch = 200;

}  // namespace

Status Declarations::Read(const v1::ReadDeclarationRequest& q, const type::v1::Principal& by, Deadline deadline, v1::Declaration& answer) const {
    SW_ASSIGN_OR_RETURN(const record::Keys keys, DeclarationKind().ParseName(q.name()));
    SW_RETURN_IF_ERROR(commands_.Get(DeclarationKind(), q.name(), by, deadline, answer));
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    SW_ASSIGN_OR_RETURN(const store::DeclarationContact contact, store::ContactOf(*lease, keys[0]));
    SW_ASSIGN_OR_RETURN(*answer.mutable_identity_no(), sealer_.Open(contact.identity, kSealDeclaredIdentity));
    SW_ASSIGN_OR_RETURN(*answer.mutable_mobile(), sealer_.Open(contact.mobile, kSealDeclaredMobile));
    return Status::Ok();
}

Status Declarations::List(const v1::ListDeclarationsRequest& q, const std::string& region, const type::v1::Principal& by, Deadline deadline,
                          v1::ListDeclarationsResponse& response) const {
    return commands_.List(DeclarationKind(), q, region, by, tokens_, deadline, response);
}

Status Declarations::Match(const v1::MatchDeclarationRequest& q, const type::v1::Principal& by, Deadline deadline, v1::Declaration& answer) const {
    SW_ASSIGN_OR_RETURN(const std::int64_t household, ParseHouseholdName(q.household(), "household"));
    Reported reported;
    const auto take_up = [&](record::Work& work, Message& m) -> Status {
        auto& d = static_cast<v1::Declaration&>(m);
        const TimePoint declared_at{std::chrono::seconds(d.declared_at().seconds())};
        SW_ASSIGN_OR_RETURN(reported, ReportLeadIn(work, {household, v1::LEAD_SOURCE_FARMER, d.risk_type(), v1::GRADE_UNSPECIFIED, d.difficulty(), "", d.number(), declared_at}));
        d.set_household(q.household());
        d.set_lead(NameOfLead(reported.lead));
        return Status::Ok();
    };
    const auto answer_repeated = [&](record::Work& work, Message& m) -> Status {
        auto& d = static_cast<v1::Declaration&>(m);
        AddDeclarationMoved(work, d, "match");
        if (reported.as != ReportedAs::kRepeated) return Status::Ok();
        SW_RETURN_IF_ERROR(AnswerDeclarationsIn(commands_, work, d.lead(), reported.lead.reply));
        m.Clear();
        return record::Read(work.connection, DeclarationKind(), q.name(), by.region_prefix(), m);
    };
    return commands_.Move(DeclarationKind(), "match", q, by, deadline, take_up, answer, answer_repeated);
}

Status Declarations::Refuse(const v1::RefuseDeclarationRequest& q, const type::v1::Principal& by, Deadline deadline, v1::Declaration& answer) const {
    const auto reply = [&](record::Work&, Message& m) {
        static_cast<v1::Declaration&>(m).set_reply(q.reply());
        return Status::Ok();
    };
    const auto tell = [&](record::Work& work, Message& m) {
        AddDeclarationMoved(work, static_cast<v1::Declaration&>(m), "refuse");
        return Status::Ok();
    };
    return commands_.Move(DeclarationKind(), "refuse", q, by, deadline, reply, answer, tell);
}

Status Declarations::RunDue(Deadline deadline) const {
    const auto tell = [](record::Work& work, const Message& m) {
        const auto& d = static_cast<const v1::Declaration&>(m);
        event::v1::DeclarationEscalated data;
        data.set_name(d.name());
        data.set_region_code(d.region_code());
        data.set_escalated_to(d.escalated_to());
        data.set_escalations(d.escalations());
        AddDeclarationEvent(work, d, data);
    };
    for (;;) {
        SW_ASSIGN_OR_RETURN(const int escalated, commands_.Escalate(DeclarationKind(), kBatch, deadline, tell));
        if (escalated < kBatch) return Status::Ok();
    }
}

}  // namespace shouwang::monitoring::usecase
