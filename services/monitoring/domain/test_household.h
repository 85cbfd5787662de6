// For tests: a household built from dataset rows in text form.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "services/monitoring/domain/rule_book.h"

namespace shouwang::monitoring::domain {

inline Date Day(const char* text) { return Date::Parse(text).value(); }

class TestHousehold {
public:
    explicit TestHousehold(int members = 2) : member_states_(static_cast<std::size_t>(members)) {
        input.household_id = 7;
        input.region_code = "360681102203";
        for (int i = 0; i < members; ++i) {
            MemberInput m;
            m.person_id = 11 + i;
            m.birth = i == 0 ? Day("1980-03-01") : Day("2009-09-30");
            m.labour = i == 0 ? 2 : 5;  // ordinary, none
            m.main_earner = i == 0;
            m.state = &member_states_[static_cast<std::size_t>(i)];
            input.members.push_back(m);
        }
        input.state = &household_;
        input.village = &village_;
    }

    // "<dataset> <member | * | -> <fields in text form>": "death 0 died_on: '2021-06-01' dead:
    // true".
    void Add(const std::string& row, std::uint32_t revision = 1, bool retract = false) {
        const std::size_t first = row.find(' '), second = row.find(' ', first + 1);
        const std::string who = row.substr(first + 1, second - first - 1);
        const model::Dataset* dataset = Datasets().Find(row.substr(0, first));
        ASSERT_NE(dataset, nullptr) << row;
        for (std::size_t i = 0; i < member_states_.size(); ++i) {
            if (who == "*" || who == std::to_string(i))
                Apply(*dataset, member_states_[i], row.substr(second + 1), revision, retract);
        }
        if (who == "-") {
            const bool village = dataset->options.subject() == options::v1::SUBJECT_VILLAGE;
            Apply(*dataset, village ? village_ : household_, row.substr(second + 1), revision,
                  retract);
        }
    }

    void Cover(const std::string& dataset, const char* from, const char* to,
               const std::string& region = "36") {
        coverage.push_back(
            {Datasets().Find(dataset)->options.number(), region, Day(from), Day(to)});
    }

    ComputedFact Fact(const std::string& name, int element = 0) const {
        const class Fact* fact = Facts().Find(name);
        EXPECT_NE(fact, nullptr) << name;
        const std::vector<cel::FactCell> none;
        return HouseholdFacts(input, today, coverage, none)
            .Explain(fact->owner, element, fact->field->index());
    }

    Screening Screen(const RuleBook& book) const {
        const std::vector<cel::FactCell> parameters = book.ParametersFor(input.region_code, today);
        return book.Screen(HouseholdFacts(input, today, coverage, parameters), true);
    }

    HouseholdInput input;
    std::vector<Coverage> coverage;
    Date today = Day("2021-06-20");

private:
    void Apply(const model::Dataset& dataset, SubjectState& state, const std::string& text,
               std::uint32_t revision, bool retract) {
        const std::unique_ptr<google::protobuf::Message> message(
            google::protobuf::MessageFactory::generated_factory()
                ->GetPrototype(dataset.descriptor)
                ->New());
        ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, message.get())) << text;
        const auto field = [&](const std::string& name) {
            return message->GetReflection()->GetString(*message,
                                                       dataset.descriptor->FindFieldByName(name));
        };
        const std::string date = field(dataset.options.date_field());
        std::string key;
        for (const std::string& name : dataset.options.key_fields()) key += field(name) + "|";
        IncomingRow row;
        row.dataset = dataset.options.number();
        row.row_key = key;
        row.revision = revision;
        row.retract = retract;
        row.date =
            date.size() == 7 ? Month::Parse(date).value().last_day() : Date::Parse(date).value();
        row.content_hash = Hash64(text);
        row.batch = 5;
        row.sequence = ++sequence_;
        Facts().ValuesOf(dataset, *message, row.values);
        (void)state.Apply(row, Facts());
    }

    std::vector<SubjectState> member_states_;
    SubjectState household_, village_;
    std::uint32_t sequence_ = 0;
};

}  // namespace shouwang::monitoring::domain
