// Both sides of one agreement: a client that pings more often than its server allows is cut off in
// the middle of its calls.
#pragma once

namespace shouwang::rpc {

inline constexpr int kClientPingEveryMs = 30'000;
inline constexpr int kClientPingTimeoutMs = 10'000;
inline constexpr int kServerLeastPingIntervalMs = 10'000;  // must stay below kClientPingEveryMs
inline constexpr bool kPingWithoutCalls = true;  // an idle channel notices a dead peer too
// A channel sticks to its connection; the age makes clients look up their targets again after a
// scale-out. Running calls finish.
inline constexpr int kServerConnectionAgeMs = 1'800'000;
inline constexpr int kServerStreamsPerConnection = 1024;
static_assert(kServerLeastPingIntervalMs < kClientPingEveryMs);

// 4 MiB is the library's default; both sides say theirs.
inline constexpr int kMaxMessageBytes = 16 << 20;

// Metadata keys.
inline constexpr char kPrincipalKey[] = "shouwang-principal-bin";
inline constexpr char kTraceKey[] = "traceparent";

}  // namespace shouwang::rpc
