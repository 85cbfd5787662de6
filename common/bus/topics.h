// Reads deploy/kafka/topics.yaml, the one list of topics: services create theirs from it, a test compares it with the code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/bus/bus.h"

namespace shouwang::bus {

// Every topic, dead-letter topics included. INVALID_ARGUMENT "BUS_CONFIG" naming what is wrong: a missing file, an unknown key,
// a name twice, a number out of range.
Result<std::vector<TopicSpec>> LoadTopics(const std::string& path);
// The same on text.
Result<std::vector<TopicSpec>> ParseTopics(std::string_view yaml);
// The list as it was when this was built.
Result<std::vector<TopicSpec>> DeclaredTopics();

// "<topic>.dlq.<consumer>"
std::string DeadLetterTopic(std::string_view topic, std::string_view consumer);

}  // namespace shouwang::bus
