#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "common/base/bytes.h"
#include "common/pg/pg.h"
#include "common/testing/child.h"
#include "common/testing/servers.h"

namespace shouwang::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUser = "postgres";  // PostgreSQL refuses to run as root
constexpr auto kConnectTimeout = std::chrono::seconds(10);
constexpr auto kStatementTimeout = std::chrono::seconds(30);
constexpr double kStartSeconds = 60;

std::string BinDirectory() {
    if (const char* const given = std::getenv("SHOUWANG_PG_BIN")) return given;
    std::vector<std::string> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
        if (fs::exists(entry.path() / "bin/initdb", ignored)) found.push_back(entry.path() / "bin");
    }
    if (found.empty()) throw std::runtime_error("PostgreSQL is not installed (or SHOUWANG_PG_BIN)");
    return *std::max_element(found.begin(), found.end());
}

std::string RandomName(const char* prefix) {
    std::string id = Uuid4();
    std::erase(id, '-');
    return prefix + id.substr(0, 16);
}

// The server of this process, or the shared one.
class Postgres {
public:
    static Postgres& Get() {
        static auto* const postgres = new Postgres;
        return *postgres;
    }

    const std::string& admin() const { return admin_; }
    std::string ConninfoOf(const std::string& database) const {
        return admin_ + " dbname=" + database;  // libpq: the later value wins
    }

    void Run(const std::string& sql) {
        const std::lock_guard lock(mutex_);
        if (!connection_ || !connection_->alive()) {
            auto opened = pg::Connection::Open(admin_, DeadlineIn(kConnectTimeout));
            if (!opened.ok()) throw std::runtime_error(opened.status().message + LogTail());
            connection_ = *std::move(opened);
        }
        connection_->SetDeadline(DeadlineIn(kStatementTimeout));
        const Status status = connection_->ExecScript(sql);
        if (!status.ok()) throw std::runtime_error(sql + ": " + status.message + LogTail());
    }

    void Create(const std::string& name, const std::string& source) {
        // A file copy beats the logged one here: without fsync its checkpoints cost nothing.
        Run("CREATE DATABASE " + name + " TEMPLATE " + source + " STRATEGY FILE_COPY");
    }
    void Drop(const std::string& name) { Run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); }

    std::string Template(const std::string& name,
                         const std::function<void(const std::string&)>& prepare) {
        const std::lock_guard lock(template_mutex_);
        if (const auto known = templates_.find(name); known != templates_.end()) {
            return known->second;
        }
        const std::string database = RandomName("template_");
        Create(database, "template0");
        prepare(ConninfoOf(database));
        // Whatever `prepare` left connected would stop every copy.
        Run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + database +
            "'");
        templates_[name] = database;
        return database;
    }

private:
    Postgres() {
        if (const char* const shared = std::getenv("SHOUWANG_TEST_PG")) {
            admin_ = shared;
            std::atexit([] { Get().DropTemplates(); });
        } else {
            Start();
        }
    }

    void Start() {
        const std::string bin = BinDirectory();
        const std::string data = ChildDirectory(kUser);
        log_ = data + ".log";
        const std::string password = RandomName("pw");
        const std::string password_file = data + ".pw";
        std::ofstream(password_file) << password << '\n';
        fs::permissions(password_file, fs::perms::owner_read | fs::perms::others_read);
        const int code = RunChild({{bin + "/initdb", "-D", data, "-U", kUser, "-A", "md5",
                                    "--pwfile=" + password_file, "--no-sync", "--encoding=UTF8",
                                    "--locale=C.UTF-8"},
                                   kUser,
                                   log_});
        if (code != 0) throw std::runtime_error("initdb failed" + LogTail());
        fs::remove(password_file);
        const int port = FreePort();
        admin_ = "host=127.0.0.1 port=" + std::to_string(port) + " user=" + kUser +
                 " password=" + password + " dbname=postgres";
        std::vector<std::string> argv{bin + "/postgres", "-D", data};
        for (const std::string& setting :
             {"port=" + std::to_string(port), std::string("listen_addresses=127.0.0.1"),
              std::string("unix_socket_directories="), std::string("fsync=off"),
              std::string("full_page_writes=off"), std::string("synchronous_commit=off"),
              std::string("max_connections=200"), std::string("shared_buffers=64MB"),
              std::string("max_wal_size=1GB"), std::string("timezone=UTC")}) {
            argv.insert(argv.end(), {"-c", setting});
        }
        // SIGQUIT: PostgreSQL's immediate shutdown; the data directory goes away anyway.
        const pid_t pid = StartChild({argv, kUser, log_, SIGQUIT});
        const bool up = Eventually(
            [&] {
                return !ChildRuns(pid) ||
                       pg::Connection::Open(admin_, DeadlineIn(kConnectTimeout)).ok();
            },
            kStartSeconds);
        if (!up || !ChildRuns(pid)) throw std::runtime_error("PostgreSQL failed" + LogTail());
    }

    void DropTemplates() {
        try {
            for (const auto& [name, database] : templates_) Drop(database);
        } catch (const std::exception&) {
            // The shared server is gone, and its databases with it.
        }
    }

    std::string LogTail() const {
        if (log_.empty()) return "";
        const std::string log = ReadLog(log_);
        return "\n" + log.substr(log.size() > 2000 ? log.size() - 2000 : 0);
    }

    std::string admin_, log_;
    std::mutex mutex_;
    std::unique_ptr<pg::Connection> connection_;
    std::mutex template_mutex_;
    std::map<std::string, std::string> templates_;
};

// The value of the last "key=value" of a conninfo string.
std::string ConninfoValue(const std::string& conninfo, const std::string& key) {
    const std::string text = " " + conninfo + " ";
    const std::size_t at = text.rfind(" " + key + "=");
    if (at == std::string::npos) return "";
    const std::size_t from = at + key.size() + 2;
    return text.substr(from, text.find(' ', from) - from);
}

}  // namespace

TestDatabase::TestDatabase() : name_(RandomName("test_")) {
    Postgres::Get().Create(name_, "template0");
    conninfo_ = Postgres::Get().ConninfoOf(name_);
}

TestDatabase::TestDatabase(const std::string& name,
                           const std::function<void(const std::string& conninfo)>& prepare)
    : name_(RandomName("test_")) {
    Postgres::Get().Create(name_, Postgres::Get().Template(name, prepare));
    conninfo_ = Postgres::Get().ConninfoOf(name_);
}

TestDatabase::~TestDatabase() {
    try {
        Postgres::Get().Drop(name_);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "test database %s stays: %s\n", name_.c_str(), e.what());
    }
}

std::string TestPostgresAddress() {
    const std::string& admin = Postgres::Get().admin();
    return ConninfoValue(admin, "host") + ":" + ConninfoValue(admin, "port");
}

}  // namespace shouwang::testing
