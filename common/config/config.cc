#include "common/config/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace shouwang::config {
namespace {

Status Problem(std::string text) {
    return MakeStatus(Code::kInvalidArgument, "CONFIG_INVALID", std::move(text));
}

// "pg.pool_size" → "SHOUWANG_PG_POOL_SIZE".
std::string EnvironmentName(std::string_view key) {
    std::string name = "SHOUWANG_";
    for (const char c : key) {
        const bool lower = c >= 'a' && c <= 'z';
        const bool keep = lower || (c >= '0' && c <= '9');
        name += !keep ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}

std::string Quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string Join(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
    return out;
}

struct Leaf {
    std::string key;
    const toml::node* node;
    toml::source_index line;
};

void Flatten(const toml::table& table, const std::string& prefix, std::vector<Leaf>* out) {
    for (const auto& [name, node] : table) {
        const std::string key = prefix + std::string(name.str());
        if (const toml::table* inner = node.as_table()) {
            Flatten(*inner, key + '.', out);
        } else {
            out->push_back({key, &node, node.source().begin.line});
        }
    }
}

// The text that a field's setter reads. The TOML type must be the declared one: "8" is not 8.
Status LeafText(const toml::node& node, std::string_view type, std::string* text) {
    if (type == "integer" && node.is_integer()) {
        *text = std::to_string(node.as_integer()->get());
    } else if (type == "boolean" && node.is_boolean()) {
        *text = node.as_boolean()->get() ? "true" : "false";
    } else if (type == "string" && node.is_string()) {
        *text = node.as_string()->get();
    } else {
        return Problem("must be of type " + std::string(type));
    }
    return Status::Ok();
}

// An empty string where the file is right; else what is wrong.
std::string ReadFile(const std::string& path, toml::table* table) {
    if (std::filesystem::is_directory(path)) return path + ": cannot be read: is a directory";
    std::ifstream file(path, std::ios::binary);
    if (!file.is_open()) return path + ": cannot be read: " + std::strerror(errno);
    try {
        const std::string text((std::istreambuf_iterator<char>(file)),
                               std::istreambuf_iterator<char>());
        *table = toml::parse(text, path);
        return "";
    } catch (const toml::parse_error& e) {
        // The parser's text may quote the line; only the place is told, since the line may hold a secret.
        return path + ":" + std::to_string(e.source().begin.line) + ":" +
               std::to_string(e.source().begin.column) + ": is not well-formed TOML";
    }
}

}  // namespace

Schema::Schema(std::string program) : program_(std::move(program)) {}

Schema::Field& Schema::New(std::string key, std::string doc, std::string type) {
    assert(std::none_of(fields_.begin(), fields_.end(),
                        [&](const auto& field) { return field->key_ == key; }));
    auto& field = *fields_.emplace_back(std::make_unique<Field>());
    field.key_ = std::move(key);
    field.doc_ = std::move(doc);
    field.type_ = std::move(type);
    return field;
}

Schema::Field& Schema::String(std::string key, std::string* target, std::string doc) {
    Field& field = New(std::move(key), std::move(doc), "string");
    field.set_ = [target](std::string_view text) {
        *target = text;
        return Status::Ok();
    };
    field.show_ = [target] { return Quoted(*target); };
    field.default_ = field.show_();
    return field;
}

Schema::Field& Schema::SecretString(std::string key, Secret* target, std::string doc) {
    Field& field = New(std::move(key), std::move(doc), "string");
    field.secret_ = true;
    field.set_ = [target](std::string_view text) {
        *target = Secret(std::string(text));
        return Status::Ok();
    };
    field.show_ = [target] { return target->empty() ? "\"\"" : "\"***\""; };
    field.default_ = field.show_();
    return field;
}

Schema::Field& Schema::Int(std::string key, std::int64_t* target, std::string doc, std::int64_t min,
                           std::int64_t max) {
    const std::string range = std::to_string(min) + " to " + std::to_string(max);
    Field& field = New(std::move(key), doc + " (" + range + ")", "integer");
    field.set_ = [target, min, max, range](std::string_view text) {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size() || value < min ||
            value > max) {
            return Problem("must be a whole number from " + range);
        }
        *target = value;
        return Status::Ok();
    };
    field.show_ = [target] { return std::to_string(*target); };
    field.default_ = field.show_();
    return field;
}

Schema::Field& Schema::Bool(std::string key, bool* target, std::string doc) {
    Field& field = New(std::move(key), std::move(doc), "boolean");
    field.set_ = [target](std::string_view text) {
        if (text != "true" && text != "false") return Problem("must be true or false");
        *target = text == "true";
        return Status::Ok();
    };
    field.show_ = [target] { return *target ? "true" : "false"; };
    field.default_ = field.show_();
    return field;
}

Schema::Field& Schema::Choice(std::string key, std::string* target, std::string doc,
                              std::vector<std::string> choices) {
    const std::string listed = Join(choices);
    Field& field = New(std::move(key), doc + " (" + listed + ")", "string");
    field.set_ = [target, listed, choices = std::move(choices)](std::string_view text) {
        if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
            return Problem("must be one of: " + listed);
        }
        *target = text;
        return Status::Ok();
    };
    field.show_ = [target] { return Quoted(*target); };
    field.default_ = field.show_();
    return field;
}

Status Schema::Load(const std::string& path) {
    std::string problems;
    const auto report = [&](const std::string& line) {
        problems += (problems.empty() ? "" : "\n") + line;
    };
    toml::table table;
    if (!path.empty()) {
        if (const std::string problem = ReadFile(path, &table); !problem.empty()) report(problem);
    }
    std::vector<Leaf> leaves;
    Flatten(table, "", &leaves);
    for (const Leaf& leaf : leaves) {
        const std::string place = path + ":" + std::to_string(leaf.line) + ": " + leaf.key + " ";
        const auto field = std::find_if(fields_.begin(), fields_.end(),
                                        [&](const auto& f) { return f->key_ == leaf.key; });
        if (field == fields_.end()) {
            report(place + "is not a setting of " + program_);
            continue;
        }
        std::string text;
        Status status = LeafText(*leaf.node, (*field)->type_, &text);
        if (status.ok()) status = (*field)->set_(text);
        if (!status.ok()) report(place + status.message);
        (*field)->seen_ = true;
    }
    for (const auto& field : fields_) {
        const std::string name = EnvironmentName(field->key_);
        if (const char* const value = std::getenv(name.c_str())) {
            if (const Status status = field->set_(value); !status.ok()) {
                report("environment: " + name + " " + status.message);
            }
            field->seen_ = true;
        }
        if (field->required_ && (!field->seen_ || field->show_() == "\"\"")) {
            report(field->key_ + " is required (or " + name + " in the environment)");
        }
    }
    return problems.empty() ? Status::Ok() : Problem(std::move(problems));
}

std::string Schema::Describe() const {
    std::string out = "# " + program_ + "\n";
    for (const auto& field : fields_) {
        out += field->key_ + " = " + field->show_() + "  # " + field->doc_;
        out += field->required_ ? "; required" : "; default " + field->default_;
        out += "; " + EnvironmentName(field->key_) + '\n';
    }
    return out;
}

}  // namespace shouwang::config
