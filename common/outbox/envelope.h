// The envelope of an event as bytes, and its attributes as message headers. Private to
// common/outbox.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/bus/bus.h"

namespace shouwang::outbox {

inline constexpr int kShards = 16;
inline constexpr const char* kChannel = "shouwang_outbox";

std::int16_t ShardOf(std::string_view aggregate);
// A random UUID (version 4); takes randomness from the operating system a page at a time.
std::string NewEventId();
// CloudEvents attributes in Kafka's binary mode (`ce_*`), so that a consumer can route and trace
// without reading protobuf. Empty where the bytes are not an envelope.
bus::Headers HeadersOf(std::string_view envelope);

}  // namespace shouwang::outbox
