#include <simdjson.h>

#include "common/base/bytes.h"
#include "services/gateway/feed/row_reader.h"

namespace shouwang::gateway::feed {
namespace {

using simdjson::ondemand::json_type;

}  // namespace

struct JsonRows::Impl {
    struct Member {
        model::ColumnMatch match;
        std::vector<model::RowProblem> problems;
        std::uint64_t seen = 0;  // in row number `seen`
    };

    explicit Impl(const model::Dataset& wanted) : dataset(wanted) {}

    Member& Find(std::string_view name) {
        key.assign(name);
        const auto it = members.find(key);
        if (it != members.end()) return it->second;
        // Names are a sender's text: what is not known is not kept.
        Member member;
        member.match = model::MatchColumn(dataset, key, member.problems);
        const bool known =
            member.match.field != nullptr || member.match.revision || member.match.retract;
        if (known) return members.emplace(key, std::move(member)).first->second;
        unknown = std::move(member);
        return unknown;
    }

    simdjson::error_code Text(simdjson::ondemand::value value, std::string_view& out, bool& scalar);
    simdjson::error_code Take(simdjson::ondemand::field field, IncomingRow& row);
    simdjson::error_code Read(IncomingRow& row);
    void Set(Member& member, std::string_view text, IncomingRow& row);

    const model::Dataset& dataset;
    simdjson::ondemand::parser parser;
    std::string padded, key;
    std::unordered_map<std::string, Member> members;
    Member unknown;
    std::uint64_t number = 0;
};

JsonRows::JsonRows(const model::Dataset& dataset) : impl_(std::make_unique<Impl>(dataset)) {}
JsonRows::~JsonRows() = default;

// A scalar as the text that a CSV cell would hold; null is blank.
simdjson::error_code JsonRows::Impl::Text(simdjson::ondemand::value value, std::string_view& out,
                                          bool& scalar) {
    json_type type;
    if (auto error = value.type().get(type)) return error;
    scalar = type != json_type::object && type != json_type::array;
    bool flag = false;
    switch (type) {
        case json_type::string:
            return value.get_string().get(out);
        case json_type::boolean:
            if (auto error = value.get_bool().get(flag)) return error;
            out = flag ? "true" : "false";
            return simdjson::SUCCESS;
        case json_type::null:
            out = {};
            if (auto error = value.is_null().get(flag)) return error;
            return flag ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
        case json_type::number: {
            simdjson::ondemand::number ignored;
            out = value.raw_json_token();
            while (!out.empty() && static_cast<unsigned char>(out.back()) <= ' ')
                out.remove_suffix(1);
            const auto error = value.get_number().get(ignored);
            // Whole numbers beyond 64 bits are the field's to refuse (OVERFLOW).
            return out.size() > 19 ? simdjson::SUCCESS : error;
        }
        default:
            return simdjson::SUCCESS;
    }
}

void JsonRows::Impl::Set(Member& member, std::string_view text, IncomingRow& row) {
    if (member.match.revision) return SetRevision(text, row);
    if (member.match.retract) return SetRetract(text, row);
    model::SetFromText(*member.match.field, text, member.match.yuan, *row.message, row.problems);
}

simdjson::error_code JsonRows::Impl::Take(simdjson::ondemand::field field, IncomingRow& row) {
    std::string_view name, text;
    if (auto error = field.unescaped_key().get(name)) return error;
    Member& member = Find(name);
    const std::string shown = Shorten(key);
    bool scalar = true;
    if (auto error = Text(field.value(), text, scalar)) return error;
    if (!member.problems.empty()) {
        row.problems.insert(row.problems.end(), member.problems.begin(), member.problems.end());
    } else if (&member == &unknown) {
        row.problems.push_back(
            {"", "UNKNOWN_FIELD", shown, "one of: " + NearestColumns(dataset, key)});
    } else if (member.seen == number) {
        row.problems.push_back({shown, "DUPLICATE_FIELD", "", "each member once"});
    } else if (!scalar) {
        row.problems.push_back({shown, "FORMAT", "", "a string, a number, true, false or null"});
    } else {
        member.seen = number;
        Set(member, text, row);
    }
    return simdjson::SUCCESS;
}

simdjson::error_code JsonRows::Impl::Read(IncomingRow& row) {
    simdjson::ondemand::document document;
    if (auto error =
            parser.iterate(padded.data(), padded.size() - simdjson::SIMDJSON_PADDING, padded.size())
                .get(document))
        return error;
    simdjson::ondemand::object object;
    if (auto error = document.get_object().get(object)) return error;
    for (auto member : object) {
        simdjson::ondemand::field field;
        if (auto error = std::move(member).get(field)) return error;
        if (auto error = Take(field, row)) return error;
    }
    // Out of bounds is what it answers at the end.
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS
                                                                          : simdjson::TAPE_ERROR;
}

void JsonRows::Fill(std::string_view record, IncomingRow& row) {
    Impl& impl = *impl_;
    ++impl.number;
    impl.padded.assign(record);
    impl.padded.append(simdjson::SIMDJSON_PADDING, '\0');
    const simdjson::error_code error = impl.Read(row);
    if (error == simdjson::SUCCESS) return;
    row.problems.clear();
    row.message->Clear();
    RefuseRow(row, error == simdjson::UTF8_ERROR ? "UTF8" : "JSON",
              error == simdjson::UTF8_ERROR ? "valid UTF-8" : "one JSON object a line");
}

}  // namespace shouwang::gateway::feed
