// Drives every command of a state table in every state: in the wrong state, by the wrong actor, from outside the region, with a stale
// etag, twice, and the right way. Every refusal has its exact reason and changes nothing. Generic over the table: a new row is tested as
// soon as it stands there.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "common/flow/state_table.h"
#include "common/record/kind.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::monitoring::testing {

struct CommandMatrix {
    const flow::StateTable& table;
    std::string region;  // where the things lie; people of every level have a prefix of it
    // A fresh thing in that state; answers its name. Empty: such a state is not driven.
    std::function<std::string(int state)> make;
    // The command with a request that is right in every other way.
    struct Call {
        std::string command, name, etag, request_id;
        type::v1::Principal by;
    };
    std::function<Status(const Call&, google::protobuf::Message& answer)> give;
    std::function<std::unique_ptr<google::protobuf::Message>()> new_answer;
    std::function<std::string()> stored;  // everything that a command could change, as text
    // Right commands whose body needs more than this driver knows are given elsewhere: "close" of a running campaign.
    std::set<std::string> only_refused;
};

namespace internal {

inline constexpr options::v1::Role kPeople[] = {options::v1::ROLE_VILLAGE_OPERATOR, options::v1::ROLE_TOWNSHIP_OPERATOR, options::v1::ROLE_COUNTY_OPERATOR,
                                                options::v1::ROLE_CITY_OPERATOR, options::v1::ROLE_PROVINCE_OPERATOR};

inline type::v1::Principal Person(options::v1::Role role, const std::string& region) {
    static const std::map<options::v1::Role, std::size_t> kDigits{{options::v1::ROLE_VILLAGE_OPERATOR, 12}, {options::v1::ROLE_TOWNSHIP_OPERATOR, 9},
                                                                  {options::v1::ROLE_COUNTY_OPERATOR, 6},   {options::v1::ROLE_CITY_OPERATOR, 4},
                                                                  {options::v1::ROLE_PROVINCE_OPERATOR, 2}, {options::v1::ROLE_AUDITOR, 2}};
    type::v1::Principal p;
    p.set_subject("accounts/" + options::v1::Role_Name(role));
    p.add_roles(role);
    p.set_region_prefix(region.substr(0, kDigits.at(role)));
    return p;
}

// The lowest level that may give the command by any row of the table; nothing for commands of the system alone.
inline std::optional<options::v1::Role> ActorOf(const flow::StateTable& table, const std::string& command, int from = 0) {
    for (const flow::Transition& t : table.transitions()) {
        if (t.command != command || t.from == 0 || (from != 0 && t.from != from)) continue;
        for (const options::v1::Role role : kPeople) {
            if (t.actors.Has(role)) return role;
        }
    }
    return std::nullopt;
}

inline std::string RequestId() {
    static int n = 0;
    std::string digits = std::to_string(++n);
    return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

class MatrixRun {
public:
    explicit MatrixRun(const CommandMatrix& matrix) : m_(matrix) {}

    int Run() {
        std::set<std::string> commands;
        for (const flow::Transition& t : m_.table.transitions()) {
            if (t.from != 0 && ActorOf(m_.table, std::string(t.command))) commands.insert(std::string(t.command));
        }
        for (int i = 0; i < m_.table.states()->value_count(); ++i) {
            const int state = m_.table.states()->value(i)->number();
            for (const std::string& command : commands) {
                if (state != 0) Cell(state, command);
            }
        }
        return cells_;
    }

private:
    void Cell(int state, const std::string& command) {
        const std::string name = m_.make(state);
        if (name.empty()) return;
        ++cells_;
        SCOPED_TRACE(m_.table.StateName(state) + " " + command + " " + name);
        const auto actor = ActorOf(m_.table, command, state);
        if (!actor) {
            Refused({command, name, "", "", Person(*ActorOf(m_.table, command), m_.region)}, Code::kFailedPrecondition, std::string(m_.table.kind()) + "_WRONG_STATE");
            return;
        }
        const type::v1::Principal right = Person(*actor, m_.region);
        Refused({command, name, "", "", Person(options::v1::ROLE_AUDITOR, m_.region)}, Code::kPermissionDenied, std::string(m_.table.kind()) + "_WRONG_ACTOR");
        type::v1::Principal elsewhere = right;
        elsewhere.set_region_prefix(std::string("999999999999").substr(0, right.region_prefix().size()));
        Refused({command, name, "", "", elsewhere}, Code::kNotFound, std::string(m_.table.kind()) + "_NOT_FOUND");
        Refused({command, name, "v999", "", right}, Code::kAborted, "ETAG_STALE");
        if (!m_.only_refused.contains(command)) Right({command, name, "", RequestId(), right}, state);
    }

    void Refused(const CommandMatrix::Call& call, Code code, const std::string& reason) {
        const std::string before = m_.stored();
        const auto answer = m_.new_answer();
        const Status status = m_.give(call, *answer);
        EXPECT_EQ(status.code, code) << call.by.subject() << ": " << status.message;
        EXPECT_EQ(status.reason, reason) << call.by.subject();
        EXPECT_EQ(m_.stored(), before) << call.by.subject();
    }

    void Right(const CommandMatrix::Call& call, int state) {
        const flow::Transition* row = nullptr;
        for (const flow::Transition& t : m_.table.transitions()) {
            if (t.from == state && t.command == call.command) row = &t;
        }
        const auto first = m_.new_answer(), again = m_.new_answer(), other = m_.new_answer();
        const Status status = m_.give(call, *first);
        ASSERT_TRUE(status.ok()) << status.reason << ": " << status.message;
        EXPECT_EQ(record::StateOf(*first), row->to);
        const std::string after = m_.stored();
        EXPECT_TRUE(m_.give(call, *again).ok());
        EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
        EXPECT_EQ(m_.stored(), after) << "the same request twice";
        CommandMatrix::Call stranger = call;
        stranger.by.set_subject("accounts/somebody-else");
        EXPECT_EQ(m_.give(stranger, *other).reason, "REQUEST_ID_REUSED");
        EXPECT_EQ(m_.stored(), after);
    }

    const CommandMatrix& m_;
    int cells_ = 0;
};

}  // namespace internal

// Answers how many (state, command) cells were driven.
inline int DriveCommands(const CommandMatrix& matrix) { return internal::MatrixRun(matrix).Run(); }

}  // namespace shouwang::monitoring::testing
