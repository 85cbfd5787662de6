// Where shouwangctl keeps who is signed in: one file of mode 0600 in the user's configuration folder.
#pragma once

#include <string>

#include "common/base/status.h"

namespace shouwang::ctl {

struct Session {
    std::string server, token;
};

std::string SessionPath();  // $SHOUWANG_SESSION, else $XDG_CONFIG_HOME/shouwang/session, else ~/.config/shouwang/session
Session LoadSession();      // empty where there is none
Status SaveSession(const Session& session);
void ForgetSession();
// First line of a file, for secrets that must not stand in argv. FAILED_PRECONDITION where it is empty or unreadable.
Result<std::string> ReadSecretFile(const std::string& path);
// Asks on the terminal without echo; the environment variable first.
Result<std::string> AskSecret(const char* variable, const std::string& prompt);

}  // namespace shouwang::ctl
