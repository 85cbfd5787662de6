#include "services/monitoring/usecase/declaration_answer.h"

#include "services/monitoring/usecase/discovery_kinds.h"
#include "shouwang/monitoring/event/v1/discovery_event.pb.h"

namespace shouwang::monitoring::usecase {

record::Work AsSystem(record::Work& work) { return {work.connection, work.parameters, record::System(), work.now, work.today, work.events, {}}; }

void AddDeclarationEvent(record::Work& work, const v1::Declaration& d, const google::protobuf::Message& data) {
    outbox::Event event;
    event.topic = kDiscoveryTopic;
    event.subject = d.name();
    event.partition_key = d.name().substr(d.name().find('/') + 1);
    event.data = &data;
    work.events.Add(event);
}

void AddDeclarationMoved(record::Work& work, const v1::Declaration& d, const std::string& command) {
    event::v1::DeclarationMoved data;
    data.set_name(d.name());
    data.set_region_code(d.region_code());
    data.set_risk_type(d.risk_type());
    data.set_state(d.state());
    data.set_command(command);
    data.set_lead(d.lead());
    AddDeclarationEvent(work, d, data);
}

Status AnswerDeclarationsIn(const record::Commands& commands, record::Work& work, const std::string& lead, const std::string& reply) {
    SW_ASSIGN_OR_RETURN(const auto waiting, record::Select<v1::Declaration>(work.connection, DeclarationKind(), "lead = $1 AND state = $2::int ORDER BY declaration_id",
                                                                            pg::P(lead, std::int32_t{v1::DECLARATION_STATE_TAKEN})));
    record::Work system = AsSystem(work);
    for (const v1::Declaration& declaration : waiting) {
        v1::Declaration answered;
        SW_RETURN_IF_ERROR(commands.MoveIn(DeclarationKind(), "answer", declaration.name(), system, [&](record::Work&, google::protobuf::Message& m) {
            static_cast<v1::Declaration&>(m).set_reply(reply);
            return Status::Ok();
        }, answered));
        AddDeclarationMoved(work, answered, "answer");
    }
    return Status::Ok();
}

}  // namespace shouwang::monitoring::usecase
