#include "common/testing/child.h"

#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace shouwang::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "shouwang-test-";
// Younger directories may not be locked yet.
constexpr auto kStaleAge = std::chrono::minutes(1);

[[noreturn]] void Fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

struct Identity {
    bool change = false;
    uid_t uid = 0;
    gid_t gid = 0;
};

Identity IdentityOf(const std::string& user) {
    if (user.empty() || ::geteuid() != 0) return {};
    const passwd* const entry = ::getpwnam(user.c_str());
    if (entry == nullptr) throw std::runtime_error("there is no user " + user);
    return {true, entry->pw_uid, entry->pw_gid};
}

// Directories that a killed test process left behind: nobody holds their lock any more.
void SweepStale(const fs::path& parent) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(parent, error)) {
        if (!entry.path().filename().string().starts_with(kPrefix)) continue;
        const auto written = fs::last_write_time(entry.path(), error);
        if (error || fs::file_time_type::clock::now() - written < kStaleAge) continue;
        const int lock = ::open((entry.path() / "lock").c_str(), O_RDWR | O_CLOEXEC);
        if (lock < 0) continue;
        if (::flock(lock, LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry.path(), error);
        ::close(lock);
    }
}

// Everything this process has to take away at its end.
class Process {
public:
    static Process& Get() {
        static auto* const process = new Process;
        return *process;
    }

    const std::string& root() const { return root_; }

    // The kernel's "parent died" signal means the thread that forked; so one thread that never ends does all forking.
    pid_t Fork(const std::function<pid_t()>& fork) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return job_ == nullptr; });
        pid_t result = -1;
        bool done = false;
        job_ = [&] {
            result = fork();
            done = true;
        };
        changed_.notify_all();
        changed_.wait(lock, [&] { return done; });
        return result;
    }

    void Remember(pid_t pid, int signal) {
        const std::lock_guard lock(mutex_);
        children_[pid] = signal;
    }
    void Forget(pid_t pid) {
        const std::lock_guard lock(mutex_);
        children_.erase(pid);
    }

private:
    Process() : owner_(::getpid()) {
        const fs::path parent = fs::temp_directory_path();
        SweepStale(parent);
        std::string pattern = (parent / (std::string(kPrefix) + "XXXXXX")).string();
        if (::mkdtemp(pattern.data()) == nullptr) Fail(pattern);
        root_ = pattern;
        // Children of another user walk through it.
        ::chmod(root_.c_str(), 0711);
        lock_ = ::open((root_ + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) Fail(root_);
        std::thread([this] { Serve(); }).detach();
        std::atexit([] { Get().Clean(); });
    }

    void Serve() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [&] { return job_ != nullptr; });
            job_();
            job_ = nullptr;
            changed_.notify_all();
        }
    }

    void Clean() {
        if (::getpid() != owner_) return;
        std::map<pid_t, int> children;
        {
            const std::lock_guard lock(mutex_);
            children.swap(children_);
        }
        for (const auto& [pid, signal] : children) EndChild(pid, signal);
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }

    const pid_t owner_;
    std::string root_;
    int lock_ = -1;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::function<void()> job_;
    std::map<pid_t, int> children_;
};

// Between fork and exec: nothing but system calls.
[[noreturn]] void BecomeChild(const Identity& identity, int log, int end_signal, pid_t parent,
                              char* const* argv) {
    ::setpgid(0, 0);  // Ctrl-C at the terminal is for the test alone; it ends us in order
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(log, 1);
    ::dup2(log, 2);
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, 0);
    if (identity.change && (::setgroups(0, nullptr) != 0 || ::setgid(identity.gid) != 0 ||
                            ::setuid(identity.uid) != 0)) {
        ::_exit(126);
    }
    // After setuid, which clears it.
    ::prctl(PR_SET_PDEATHSIG, end_signal);
    if (::getppid() != parent) ::_exit(125);
    ::execv(argv[0], argv);
    ::_exit(127);
}

pid_t Launch(const ChildOptions& options) {
    const Identity identity = IdentityOf(options.user);
    const int log =
        ::open(options.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) Fail(options.log_path);
    std::vector<char*> argv;
    for (const auto& word : options.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t pid = Process::Get().Fork([&] {
        const pid_t child = ::fork();
        if (child == 0) BecomeChild(identity, log, options.end_signal, parent, argv.data());
        return child;
    });
    ::close(log);
    if (pid < 0) Fail("fork");
    return pid;
}

}  // namespace

pid_t StartChild(const ChildOptions& options) {
    const pid_t pid = Launch(options);
    Process::Get().Remember(pid, options.end_signal);
    return pid;
}

int RunChild(const ChildOptions& options) {
    const pid_t pid = Launch(options);
    int state = 0;
    while (::waitpid(pid, &state, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

bool ChildRuns(pid_t pid) {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

void EndChild(pid_t pid, int signal) {
    Process::Get().Forget(pid);
    ::kill(pid, signal);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    int state = 0;
    while (::waitpid(pid, &state, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > deadline) ::kill(pid, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

std::string ChildDirectory(const std::string& user) {
    const Identity identity = IdentityOf(user);
    std::string pattern = Process::Get().root() + "/XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) Fail(pattern);
    if (identity.change && ::chown(pattern.c_str(), identity.uid, identity.gid) != 0) Fail(pattern);
    return pattern;
}

int FreePort() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd, generic, size) != 0 || ::getsockname(fd, generic, &size) != 0) Fail("bind");
    ::close(fd);
    return ntohs(address.sin_port);
}

std::string ReadLog(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace shouwang::testing
