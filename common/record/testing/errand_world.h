// A database with errands, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include "common/record/commands.h"
#include "common/record/testing/errand.pb.h"
#include "common/testing/servers.h"

namespace shouwang::record {

using namespace std::chrono_literals;
using testing::Errand;
using testing::ERRAND_STATE_DONE;
using testing::ERRAND_STATE_GIVEN;
using testing::ERRAND_STATE_POSTED;
using testing::ERRAND_STATE_TAKEN;

inline Status HasHelper(const Errand& errand) {
    return errand.helpers_size() > 0 ? Status::Ok() : InvalidField("helpers", "at least one", "ERRAND_HELPERS");
}

inline const flow::StateTable& ErrandStates() {
    static const flow::StateTable table("ERRAND", testing::ErrandState_descriptor(),
                                        {{0, "give", flow::kCounty, ERRAND_STATE_GIVEN},
                                         {ERRAND_STATE_GIVEN, "take", flow::kVillage, ERRAND_STATE_TAKEN},
                                         {ERRAND_STATE_TAKEN, "rename", flow::kVillage, ERRAND_STATE_TAKEN},
                                         {ERRAND_STATE_TAKEN, "post", flow::kVillage, ERRAND_STATE_POSTED, flow::When<HasHelper>, "somebody helps"},
                                         {ERRAND_STATE_POSTED, "finish", flow::kVillageOrTownship, ERRAND_STATE_DONE, nullptr, {}, "errand.posted_days"}},
                                        {{ERRAND_STATE_GIVEN, "errand.take_hours"}, {ERRAND_STATE_TAKEN, "errand.post_days"}}, {ERRAND_STATE_DONE});
    return table;
}

inline const Kind& ErrandKind() {
    static const Kind kind(Errand::descriptor(), "errand", "villages/{village_id}/errands/{errand_id}",
                           {"region_code", "state", "title", "day", "cost_fen", "parcels", "urgent", "helpers", "legs", "state_since", "due_at", "escalate_at",
                            "escalated_to", "escalations"},
                           &ErrandStates(), "ERRAND");
    return kind;
}

inline type::v1::ParameterDefinition Definition(const std::string& name, options::v1::Unit unit, std::int64_t min, std::int64_t value) {
    type::v1::ParameterDefinition d;
    d.set_name(name);
    d.set_unit(unit);
    d.set_min(min);
    d.set_max(1000);
    d.mutable_label()->set_zh("期限");
    d.mutable_label()->set_en("limit");
    d.set_source("test");
    type::v1::ParameterValue* v = d.add_defaults();
    v->set_valid_from("2000-01-01");
    v->set_value(value);
    return d;
}

class ErrandWorld : public ::testing::Test {
protected:
    ErrandWorld()
        : database_("record", [](const std::string& conninfo) {
              std::vector<pg::Migration> all(outbox::Migrations().begin(), outbox::Migrations().end());
              all.insert(all.end(), Migrations().begin(), Migrations().end());
              all.push_back({10, "errand",
                             "CREATE TABLE errand (village_id bigint NOT NULL, errand_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY, version bigint NOT NULL DEFAULT 1, "
                             "region_code text NOT NULL, state smallint NOT NULL, title text NOT NULL, day date, cost_fen bigint NOT NULL, parcels integer, "
                             "urgent boolean NOT NULL, helpers text[] NOT NULL, legs bytea[] NOT NULL, state_since timestamptz, due_at timestamptz, "
                             "escalate_at timestamptz, escalated_to text NOT NULL, escalations integer NOT NULL, CONSTRAINT errand_pk PRIMARY KEY (village_id, errand_id))"});
              ASSERT_TRUE(pg::Migrate(conninfo, all).ok());
          }),
          pool_({database_.conninfo(), 4, 5s}), clock_(*ParseRfc3339("2021-09-30T07:00:00Z")), parameters_(MakeParameters()),
          commands_(pool_, parameters_, clock_, "/shouwang/test") {
        Ship();
    }

    void Ship() {
        const Status shipped = pg::RunInTransaction(pool_, DeadlineIn(10s), [&](pg::Connection& c) { return parameters_.Ship(c, clock_.Now()); });
        EXPECT_TRUE(shipped.ok()) << shipped.message;
    }

    static Parameters MakeParameters() {
        type::v1::ParameterDefinitions all;
        *all.add_parameters() = Definition("errand.take_hours", options::v1::UNIT_HOURS, 1, 24);
        *all.add_parameters() = Definition("errand.post_days", options::v1::UNIT_WORKING_DAYS, 1, 2);
        *all.add_parameters() = Definition("errand.posted_days", options::v1::UNIT_DAYS, 5, 5);
        return *Parameters::Make(std::move(all));
    }
    static type::v1::Principal As(options::v1::Role role, const std::string& region) {
        type::v1::Principal p;
        p.set_subject("accounts/" + options::v1::Role_Name(role));
        p.add_roles(role);
        p.set_region_prefix(region);
        return p;
    }
    Errand Give(const std::string& title = "米", const std::string& region = "360681103204") {
        testing::CreateErrandRequest q;
        q.set_region_code(region);
        q.set_title(title);
        Errand errand;
        const Status status = GiveAs(q, county_, errand);
        EXPECT_TRUE(status.ok()) << status.reason << " " << status.message;
        return errand;
    }
    Status GiveAs(const testing::CreateErrandRequest& q, const type::v1::Principal& by, Errand& errand) {
        const std::int64_t village[] = {7};
        return commands_.Create(ErrandKind(), "give", village, q, by, DeadlineIn(10s), [&](Work&, google::protobuf::Message& m) {
            static_cast<Errand&>(m).set_region_code(q.region_code());
            static_cast<Errand&>(m).set_title(q.title());
            return Status::Ok();
        }, errand);
    }
    Status Move(const std::string& command, const testing::MoveErrandRequest& q, const type::v1::Principal& by, Errand& errand, const Commands::Body& body = {}) {
        return commands_.Move(ErrandKind(), command, q, by, DeadlineIn(10s), body, errand);
    }
    static testing::MoveErrandRequest Named(const Errand& errand, const std::string& request_id = "") {
        testing::MoveErrandRequest q;
        q.set_name(errand.name());
        q.set_request_id(request_id);
        return q;
    }
    Errand Now(const std::string& name) {
        Errand errand;
        EXPECT_TRUE(commands_.Get(ErrandKind(), name, county_, DeadlineIn(10s), errand).ok());
        return errand;
    }

    shouwang::testing::TestDatabase database_;
    pg::Pool pool_;
    ManualClock clock_;
    Parameters parameters_;
    Commands commands_;
    const type::v1::Principal county_ = As(options::v1::ROLE_COUNTY_OPERATOR, "360681");
    const type::v1::Principal village_ = As(options::v1::ROLE_VILLAGE_OPERATOR, "360681103204");
};

}  // namespace shouwang::record
