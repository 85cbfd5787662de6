// Child processes of a test, and the directories they work in. Private to common/testing.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace shouwang::testing {

struct ChildOptions {
    std::vector<std::string> argv;  // argv[0] is the absolute path
    std::string user;               // where this process is root: who the child runs as; empty = root
    std::string log_path;           // standard output and error
    int end_signal = 15;            // also sent by the kernel when this process dies
};

// Starts a child. It is ended at the end of the process, by its pid. Throws std::runtime_error where it cannot be started.
pid_t StartChild(const ChildOptions& options);
// Runs a child to its end; its exit code, or -1 where a signal ended it.
int RunChild(const ChildOptions& options);
bool ChildRuns(pid_t pid);
// Ends a child now.
void EndChild(pid_t pid, int signal);

// A fresh directory below the one of this process, owned by `user` where this process is root and `user` is given.
std::string ChildDirectory(const std::string& user);
// A TCP port of 127.0.0.1 that was free a moment ago.
int FreePort();
std::string ReadLog(const std::string& path);

}  // namespace shouwang::testing
