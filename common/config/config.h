// Typed configuration: declared once with type, bounds, default and documentation; read from a TOML file, overridden by
// environment variables (SHOUWANG_<SECTION>_<NAME>), validated as a whole at start. Unknown keys are errors. Secrets do not print.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace shouwang::config {

// A value that prints as "***". Reveal() where it is used.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    const std::string& Reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

private:
    std::string value_;
};

// config::Schema s("monitoring");
// s.String("pg.conninfo", &c.conninfo, "libpq connection string").Required();
// s.Int("pg.pool_size", &c.pool_size, "connections", 1, 200);      // the member's value is the default
class Schema {
public:
    explicit Schema(std::string program);
    class Field {
    public:
        Field& Required() { required_ = true; return *this; }

    private:
        friend class Schema;
        std::string key_, doc_, type_, default_;
        bool required_ = false, secret_ = false, seen_ = false;
        std::function<Status(std::string_view)> set_;
        std::function<std::string()> show_;
    };
    Field& String(std::string key, std::string* target, std::string doc);
    Field& SecretString(std::string key, Secret* target, std::string doc);
    Field& Int(std::string key, std::int64_t* target, std::string doc, std::int64_t min, std::int64_t max);
    Field& Bool(std::string key, bool* target, std::string doc);
    Field& Choice(std::string key, std::string* target, std::string doc, std::vector<std::string> choices);

    // path empty = only defaults and environment. All problems in one message, one line each.
    Status Load(const std::string& path);
    // "key = value  # doc" for every field, secrets as ***.
    std::string Describe() const;

private:
    std::string program_;
    std::vector<std::unique_ptr<Field>> fields_;
    Field& New(std::string key, std::string doc, std::string type);
};

}  // namespace shouwang::config
