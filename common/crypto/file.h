// Files that hold keys. Private to common/crypto.
#pragma once

#include <string>

#include "common/base/status.h"

namespace shouwang::crypto {

// The text of a file that nobody else may read: mode 0600 or stricter; 0640 where root owns it, as a mounted secret does.
// FAILED_PRECONDITION with reason KEY_FILE_UNREADABLE or KEY_FILE_MODE.
Result<std::string> ReadPrivateFile(const std::string& path);

}  // namespace shouwang::crypto
