#include "services/ctl/session.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace shouwang::ctl {

std::string SessionPath() {
    if (const char* path = std::getenv("SHOUWANG_SESSION")) return path;
    if (const char* config = std::getenv("XDG_CONFIG_HOME")) return std::string(config) + "/shouwang/session";
    const char* home = std::getenv("HOME");
    return std::string(home != nullptr ? home : ".") + "/.config/shouwang/session";
}

Session LoadSession() {
    Session session;
    std::ifstream in(SessionPath());
    std::getline(in, session.server);
    std::getline(in, session.token);
    return session;
}

Status SaveSession(const Session& session) {
    const std::string path = SessionPath();
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    const std::string text = session.server + "\n" + session.token + "\n";
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) return MakeStatus(Code::kFailedPrecondition, "SESSION_NOT_SAVED", "cannot write " + path);
    const bool written = fchmod(fd, 0600) == 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    close(fd);
    return written ? Status::Ok() : MakeStatus(Code::kFailedPrecondition, "SESSION_NOT_SAVED", "cannot write " + path);
}

void ForgetSession() {
    std::error_code error;
    std::filesystem::remove(SessionPath(), error);
}

Result<std::string> ReadSecretFile(const std::string& path) {
    std::ifstream in(path);
    std::string line;
    std::getline(in, line);
    if (line.empty()) return MakeStatus(Code::kFailedPrecondition, "SECRET_MISSING", path + " must hold the secret in its first line");
    return line;
}

Result<std::string> AskSecret(const char* variable, const std::string& prompt) {
    if (const char* value = std::getenv(variable)) return std::string(value);
    termios before{};
    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return MakeStatus(Code::kFailedPrecondition, "SECRET_MISSING", std::string("no terminal to ask on: set ") + variable);
    }
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &silent);
    std::fputs(prompt.c_str(), stderr);
    std::string line;
    std::getline(std::cin, line);
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    std::fputc('\n', stderr);
    return line;
}

}  // namespace shouwang::ctl
