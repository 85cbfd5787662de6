// What happens to declarations when their lead ends.
#pragma once

#include <string>

#include "common/record/commands.h"
#include "shouwang/monitoring/v1/discovery.pb.h"

namespace shouwang::monitoring::usecase {

// The same transaction with the platform as the actor.
record::Work AsSystem(record::Work& work);

// Every declaration that waits for the lead gets the reply, and the farmer sees it.
Status AnswerDeclarationsIn(const record::Commands& commands, record::Work& work, const std::string& lead, const std::string& reply);
// `data` is one of discovery_event.proto's; in order per household.
void AddDeclarationEvent(record::Work& work, const v1::Declaration& declaration, const google::protobuf::Message& data);
void AddDeclarationMoved(record::Work& work, const v1::Declaration& declaration, const std::string& command);

}  // namespace shouwang::monitoring::usecase
