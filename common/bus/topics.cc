#include "common/bus/topics.h"

#include <charconv>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include <yaml-cpp/yaml.h>

namespace shouwang::bus {

extern const std::string_view kTopicsYaml;  // embedded by CMake

namespace {

Status Wrong(const std::string& what) { return MakeStatus(Code::kInvalidArgument, "BUS_CONFIG", "topics: " + what); }

Status CheckKeys(const YAML::Node& node, const std::string& where, const std::set<std::string>& known) {
    if (!node.IsMap()) return Wrong(where + " must be a map");
    for (const auto& item : node) {
        if (const auto key = item.first.as<std::string>(); !known.contains(key)) return Wrong(where + " has an unknown key " + key);
    }
    return Status::Ok();
}

// "7d", "12h", "30m", "-1" (keep).
std::optional<std::int64_t> ParseDuration(const std::string& text) {
    if (text == "-1") return -1;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number <= 0 || number > 100'000 || end + 1 != text.data() + text.size()) return std::nullopt;
    switch (*end) {
        case 'd': return number * 86'400'000;
        case 'h': return number * 3'600'000;
        case 'm': return number * 60'000;
        default: return std::nullopt;
    }
}

Result<TopicSpec> ParseSpec(const YAML::Node& node, const std::string& name) {
    TopicSpec spec;
    spec.name = name;
    spec.partitions = node["partitions"].as<int>(0);
    if (spec.partitions < 1 || spec.partitions > 1024) return Wrong(name + ": partitions must be 1 to 1024");
    const auto retention = ParseDuration(node["retention"].as<std::string>(""));
    if (!retention) return Wrong(name + ": retention must be like 7d, 12h, 30m or -1");
    spec.retention_ms = *retention;
    return spec;
}

bool ValidName(std::string_view name) {
    return !name.empty() && name.size() <= 249 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
}

Result<std::vector<TopicSpec>> Parse(const YAML::Node& root) {
    SW_RETURN_IF_ERROR(CheckKeys(root, "the file", {"topics", "dlq"}));
    if (!root["topics"].IsSequence() || !root["dlq"].IsMap()) return Wrong("the file needs a list `topics` and a map `dlq`");
    SW_RETURN_IF_ERROR(CheckKeys(root["dlq"], "dlq", {"partitions", "retention"}));
    SW_ASSIGN_OR_RETURN(const TopicSpec dead, ParseSpec(root["dlq"], "dlq"));
    std::vector<TopicSpec> specs;
    std::set<std::string> seen;
    for (const auto& node : root["topics"]) {
        SW_RETURN_IF_ERROR(CheckKeys(node, "a topic", {"name", "partitions", "retention", "dlq"}));
        SW_ASSIGN_OR_RETURN(TopicSpec spec, ParseSpec(node, node["name"].as<std::string>("")));
        const std::string name = spec.name;
        specs.push_back(std::move(spec));
        for (const auto& consumer : node["dlq"]) {
            specs.push_back(dead);
            specs.back().name = DeadLetterTopic(name, consumer.as<std::string>());
        }
    }
    for (const auto& spec : specs) {
        if (!ValidName(spec.name)) return Wrong("not a topic name: \"" + spec.name + "\"");
        if (!seen.insert(spec.name).second) return Wrong(spec.name + " is there twice");
    }
    return specs;
}

}  // namespace

Result<std::vector<TopicSpec>> ParseTopics(std::string_view yaml) {
    try {
        return Parse(YAML::Load(std::string(yaml)));
    } catch (const YAML::Exception& e) {  // the library's way to say that the text is not what was asked for
        return Wrong(e.what());
    }
}

Result<std::vector<TopicSpec>> LoadTopics(const std::string& path) {
    std::ifstream file(path);
    if (!file) return Wrong("cannot read " + path);
    std::ostringstream text;
    text << file.rdbuf();
    return ParseTopics(text.str());
}

Result<std::vector<TopicSpec>> DeclaredTopics() { return ParseTopics(kTopicsYaml); }

std::string DeadLetterTopic(std::string_view topic, std::string_view consumer) {
    return std::string(topic) + ".dlq." + std::string(consumer);
}

}  // namespace shouwang::bus
