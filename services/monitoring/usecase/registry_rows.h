// A row of dataset registry_member as the registry takes it.
#pragma once

#include "common/crypto/crypto.h"
#include "services/monitoring/store/registry_store.h"
#include "shouwang/monitoring/event/v1/feed_chunk.pb.h"

namespace shouwang::monitoring::usecase {

// Opens the identity number for the day of birth; it stays sealed in what is stored. Errors: SEAL_BROKEN, SEAL_KEY_UNKNOWN, IDENTITY_*.
Result<store::RegistryRow> ReadRegistryRow(const event::v1::FeedRow& row, const crypto::Sealer& sealer);

}  // namespace shouwang::monitoring::usecase
