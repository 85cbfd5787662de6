// Every command of a case in every state: who is refused, why, and that nothing changes by it.
#include <gtest/gtest.h>

#include "services/monitoring/testing/case_world.h"
#include "services/monitoring/testing/command_matrix.h"

namespace shouwang::monitoring::usecase {
namespace {

using monitoring::testing::CaseWorld;
using monitoring::testing::CommandMatrix;
using monitoring::testing::kCityOperator;
using monitoring::testing::kCountyOperator;
using monitoring::testing::kTownshipOperator;
using monitoring::testing::kVillage;
using monitoring::testing::kVillageOperator;
using monitoring::testing::Soon;

// One case in each state, by its procedure as far as identification goes; what stands in the rows after it is the same.
class Templates {
public:
    explicit Templates(CaseWorld& w) : w_(w) {
        type::v1::SetParameterRequest q;
        q.set_name("case.city_review");
        q.set_valid_from("2021-01-01");
        q.set_value(1);
        q.set_source("s");
        EXPECT_TRUE(pg::RunInTransaction(w.pool, Soon(), [&](pg::Connection& c) {
                        return w.parameters.Set(c, q, "accounts/1", w.clock.Now()).status();
                    }).ok());
        const auto at = [&] { return w.Open(++serial_); };
        // Confirmed on both sides: an emergency may be entered now, and the case is still an ordinary one.
        v1::Case opened = at();
        auto confirm = CaseWorld::Named<v1::ConfirmEmergencyRequest>(opened);
        confirm.mutable_emergency()->set_happened_on("2021-06-30");
        confirm.mutable_emergency()->set_event("房屋倒塌");
        w.Do(&Cases::ConfirmEmergency, confirm, kVillageOperator);
        w.Do(&Cases::ConfirmEmergency, confirm, kTownshipOperator);
        auto authority = CaseWorld::Named<v1::RecordAuthorityRequest>(opened);
        *authority.mutable_authority() = w.Authority();
        Keep(w.Do(&Cases::RecordAuthority, authority, kVillageOperator));
        const auto row = [&](v1::CaseState to) {
            v1::Case c = at();
            c = w.ToVisited(c);
            if (to == v1::CASE_STATE_VISITED) c = w.Do(&Cases::RecordFindings, w.Findings(c), kCountyOperator);
            if (to >= v1::CASE_STATE_CROSS_CHECKED) c = w.ToChecked(c, v1::CHECK_ANSWER_YES);
            if (to >= v1::CASE_STATE_REVIEWED) c = w.ToReviewed(c);
            if (to >= v1::CASE_STATE_PUBLICISED) c = w.ToPublicised(c);
            return c;
        };
        for (const auto state : {v1::CASE_STATE_VISITED, v1::CASE_STATE_CROSS_CHECKED, v1::CASE_STATE_REVIEWED, v1::CASE_STATE_PUBLICISED})
            Keep(row(state));
        v1::FileObjectionRequest objection = CaseWorld::Named<v1::FileObjectionRequest>(row(v1::CASE_STATE_PUBLICISED));
        objection.set_content("不符合");
        Keep(w.Do(&Cases::FileObjection, objection, kVillageOperator));
        v1::Case c = w.ToPublicityEnded(row(v1::CASE_STATE_PUBLICISED));
        Keep(c);
        Keep(Copied(c, v1::CASE_STATE_RETURNED));
        c = w.Simple(&Cases::ReviewByTownship, c, kTownshipOperator);
        const v1::Case checked = w.Now(c);
        for (const v1::Finding& f : checked.cross_check().findings()) {
            if (f.verdict() != v1::VERDICT_HARD) continue;
            auto o = CaseWorld::Named<v1::OverrideFindingRequest>(c);
            o.set_item(f.item());
            o.set_reason("谋生工具");
            o.set_evidence("files/o");
            w.Do(&Cases::OverrideFinding, o, kCountyOperator);
        }
        Keep(c);
        const v1::Case approved = w.Do(&Cases::Approve, CaseWorld::Named<v1::ApproveCaseRequest>(c), kCountyOperator);
        // The row of TOWNSHIP_REVIEWED is this case before: put back what the approval has changed.
        w.Run("UPDATE household_case SET state = 9 WHERE case_id = " + Id(approved));
        Keep(Copied(approved, v1::CASE_STATE_COUNTY_APPROVED));
        w.Run("UPDATE household_case SET city_reviewed_by = 'accounts/city' WHERE case_id = " + Id(kept_.at(v1::CASE_STATE_COUNTY_APPROVED)));
        Keep(Copied(approved, v1::CASE_STATE_PROVISIONAL));
        for (int state = v1::CASE_STATE_ANNOUNCED; state <= v1::CASE_STATE_ENDED_NATURALLY; ++state)
            Keep(Copied(approved, static_cast<v1::CaseState>(state)));
    }

    // A copy for a household of its own.
    std::string Make(int state) { return Copied(kept_.at(state), static_cast<v1::CaseState>(state)).name(); }
    const std::string& household() const { return household_; }

private:
    void Keep(const v1::Case& c) { kept_[c.state()] = c; }
    static std::string Id(const v1::Case& c) { return c.name().substr(c.name().rfind('/') + 1); }

    v1::Case Copied(const v1::Case& from, v1::CaseState state) {
        ++serial_;
        w_.Run("INSERT INTO household (household_no, region_code, lifted, attributes_as_of, attributes_hash, members) VALUES ('C" +
               std::to_string(serial_) + "', '" + kVillage +
               "', true, '2021-01-31', 0, 1);"
               "INSERT INTO person (household_id, name, identity, as_of, revision, retracted, content_hash) SELECT household_id, '测试人', '', "
               "'2021-01-31', 1, false, 0 "
               "FROM household WHERE household_no = 'C" +
               std::to_string(serial_) +
               "';"
               "INSERT INTO member (household_id, person_id, blind, birth, relation, labour, living) SELECT p.household_id, p.person_id, "
               "p.person_id::text::bytea, '1980-01-01', 1, 2, true "
               "FROM person p JOIN household h USING (household_id) WHERE household_no = 'C" +
               std::to_string(serial_) + "'");
        household_ = std::to_string(w_.Number("SELECT max(household_id) FROM household"));
        w_.Run("DO $$ DECLARE c household_case; BEGIN SELECT * INTO c FROM household_case WHERE case_id = " + Id(from) +
               "; c.household_id := " + household_ +
               "; c.case_id := nextval(pg_get_serial_sequence('household_case', 'case_id')); c.version := 1; c.state := " + std::to_string(state) +
               "; INSERT INTO household_case OVERRIDING SYSTEM VALUE SELECT c.*; END $$");
        v1::Case copy = from;
        copy.set_state(state);
        copy.set_name("households/" + household_ + "/cases/" + std::to_string(w_.Number("SELECT max(case_id) FROM household_case")));
        return copy;
    }

    CaseWorld& w_;
    std::map<int, v1::Case> kept_;
    int serial_ = 0;
    std::string household_;
};

// The request of each command, right in every way.
class Giver {
public:
    explicit Giver(CaseWorld& w) : w_(w) {}

    Status Give(const CommandMatrix::Call& call, google::protobuf::Message& message) {
        auto& answer = static_cast<v1::Case&>(message);
        v1::Case c;
        c.set_name(call.name);
        c.set_household_type(v1::HOUSEHOLD_TYPE_LIFTED);
        const auto give = [&](auto method, auto q) {
            q.set_etag(call.etag);
            q.set_request_id(call.request_id);
            return (w_.cases.*method)(q, call.by, Soon(), answer);
        };
        const auto simple = [&](auto method) { return give(method, CaseWorld::Named<v1::MoveCaseRequest>(c)); };
        const std::string& k = call.command;
        if (k == "confirm_emergency") {
            auto q = CaseWorld::Named<v1::ConfirmEmergencyRequest>(c);
            q.mutable_emergency()->set_happened_on("2021-06-30");
            q.mutable_emergency()->set_event("房屋倒塌");
            return give(&Cases::ConfirmEmergency, q);
        }
        if (k == "enter_provisionally") return simple(&Cases::EnterProvisionally);
        if (k == "record_visit") return give(&Cases::RecordVisit, w_.Visit(c));
        if (k == "record_authority") {
            auto q = CaseWorld::Named<v1::RecordAuthorityRequest>(c);
            *q.mutable_authority() = w_.Authority();
            return give(&Cases::RecordAuthority, q);
        }
        if (k == "start_cross_check") return simple(&Cases::StartCrossCheck);
        if (k == "record_findings") return give(&Cases::RecordFindings, w_.Findings(c));
        if (k == "finish_cross_check") return simple(&Cases::FinishCrossCheck);
        if (k == "skip_cross_check") {
            auto q = CaseWorld::Named<v1::SkipCrossCheckRequest>(c);
            q.set_evidence("files/dibao");
            q.set_checked_on(w_.Today());
            return give(&Cases::SkipCrossCheck, q);
        }
        if (k == "override_finding") {
            auto q = CaseWorld::Named<v1::OverrideFindingRequest>(c);
            q.set_item(v1::CROSS_CHECK_ITEM_VEHICLE);
            q.set_reason("谋生工具");
            q.set_evidence("files/o");
            return give(&Cases::OverrideFinding, q);
        }
        if (k == "record_review") return give(&Cases::RecordReview, w_.Review(c));
        if (k == "start_publicity") return give(&Cases::StartPublicity, w_.Posting(c));
        if (k == "end_publicity") return simple(&Cases::EndPublicity);
        if (k == "submit") return simple(&Cases::Submit);
        if (k == "file_objection") {
            auto q = CaseWorld::Named<v1::FileObjectionRequest>(c);
            q.set_content("不符合");
            return give(&Cases::FileObjection, q);
        }
        if (k.ends_with("_objection")) return Objection(k, c, give);
        if (k == "township_review") return simple(&Cases::ReviewByTownship);
        if (k == "approve") return give(&Cases::Approve, CaseWorld::Named<v1::ApproveCaseRequest>(c));
        if (k == "city_review") return simple(&Cases::ReviewByCity);
        if (k == "announce") return simple(&Cases::Announce);
        if (k == "enter") return give(&Cases::Enter, w_.Entering(c));
        if (k == "reject") return give(&Cases::Reject, w_.Ending(c, v1::CASE_END_NO_RISK));
        if (k == "withdraw") return give(&Cases::Withdraw, w_.Ending(c, v1::CASE_END_FAMILY_WISH));
        if (k == "revoke") return give(&Cases::Revoke, w_.Revoking(c, v1::CASE_END_NO_RISK));
        if (k == "return") {
            auto q = CaseWorld::Named<v1::ReturnCaseRequest>(c);
            q.set_reason("补充材料");
            return give(&Cases::Return, q);
        }
        // Commands that other use cases give: joining, and those after identification.
        auto q = CaseWorld::Named<v1::MoveCaseRequest>(c);
        q.set_etag(call.etag);
        q.set_request_id(call.request_id);
        return w_.commands.Move(CaseKind(), k, q, call.by, Soon(), {}, answer);
    }

private:
    template <typename F>
    Status Objection(const std::string& command, const v1::Case& c, F give) {
        auto q = CaseWorld::Named<v1::AnswerObjectionsRequest>(c);
        auto& a = *q.add_answers();
        a.set_number(1);
        a.set_answer("已核查");
        q.set_outcome(command == "dismiss_objection"   ? v1::AnswerObjectionsRequest::OUTCOME_DISMISSED
                      : command == "recheck_objection" ? v1::AnswerObjectionsRequest::OUTCOME_RECHECK
                                                       : v1::AnswerObjectionsRequest::OUTCOME_UPHELD);
        return give(&Cases::AnswerObjections, q);
    }
    CaseWorld& w_;
};

TEST(CaseMatrix, EveryCommandInEveryState) {
    CaseWorld w;
    Templates templates(w);
    w.Days(6);  // publicity that runs may end
    Giver giver(w);
    const CommandMatrix matrix{*CaseKind().states(),
                               kVillage,
                               [&](int state) { return templates.Make(state); },
                               [&](const CommandMatrix::Call& call, google::protobuf::Message& answer) { return giver.Give(call, answer); },
                               [] { return std::make_unique<v1::Case>(); },
                               [&] {
                                   const std::string& id = templates.household();
                                   auto lease = w.pool.Acquire(Soon());
                                   const auto rows = (*lease)->Exec(
                                       "SELECT coalesce((SELECT string_agg(c::text, '|') FROM household_case c WHERE household_id = " + id +
                                           "), '') || "
                                           "coalesce((SELECT string_agg(s::text, '|' ORDER BY step) FROM step s WHERE subject LIKE 'households/" +
                                           id +
                                           "/%'), '') || "
                                           "(SELECT count(*) FROM outbox WHERE key = '" +
                                           id + "')",
                                       {});
                                   EXPECT_TRUE(rows.ok()) << rows.status().message;
                                   return std::string(rows->Text(0, 0));
                               },
                               // Right only for a case entered provisionally, or sent back after its publicity: case_flow_test.
                               {"revoke", "submit"}};
    const int cells = monitoring::testing::DriveCommands(matrix);
    EXPECT_GT(cells, 600);
}

}  // namespace
}  // namespace shouwang::monitoring::usecase
