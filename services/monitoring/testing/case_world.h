// A world with cases: the whole procedure as steps that are right, one call each. All persons are synthetic.
#pragma once

#include <map>

#include "services/monitoring/domain/cross_check.h"
#include "services/monitoring/testing/monitoring_world.h"
#include "services/monitoring/usecase/case_kind.h"
#include "services/monitoring/usecase/cases.h"
#include "shouwang/event/v1/envelope.pb.h"
#include "shouwang/monitoring/feed/v1/registry.pb.h"

namespace shouwang::monitoring::testing {

inline const type::v1::Principal kCityOperator = As(options::v1::ROLE_CITY_OPERATOR, "3606");

// What the status says under the key; empty where it says nothing.
inline std::string Meta(const Status& status, std::string_view key) {
    for (const auto& [name, value] : status.metadata) {
        if (name == key) return value;
    }
    return {};
}

class CaseWorld : public MonitoringWorld {
public:
    CaseWorld() : cases(commands, books, tokens, *domain::DefaultCrossCheckRules()) {
        const Status shipped =
            pg::RunInTransaction(pool, Soon(), [](pg::Connection& c) { return record::ShipCalendarDays(c, *domain::ShippedCalendarDays()); });
        EXPECT_TRUE(shipped.ok()) << shipped.message;
    }

    void Days(int n) { clock.Advance(std::chrono::hours(24 * n)); }
    std::string Today() const { return clock.Today().ToString(); }

    template <typename Q>
    static Q Named(const v1::Case& c) {
        Q q;
        q.set_name(c.name());
        return q;
    }
    v1::Case Now(const v1::Case& c) {
        v1::Case read;
        const Status status = cases.Get(Named<v1::GetCaseRequest>(c), kCountyOperator, Soon(), read);
        EXPECT_TRUE(status.ok()) << status.message;
        return read;
    }

    v1::OpenCaseRequest Opening(const std::string& household) const {
        v1::OpenCaseRequest q;
        q.set_household(household);
        q.add_risks(v1::RISK_TYPE_ILLNESS);
        q.set_clue_on(Today());
        q.set_reason("村干部排查发现");
        return q;
    }
    v1::Authority Authority(int days = 90) const {
        v1::Authority a;
        a.set_signer("王大明");
        a.set_signed_on(Today());
        a.set_expires_on((clock.Today() + days).ToString());
        a.set_evidence("files/authority-1");
        return a;
    }
    v1::RecordVisitRequest Visit(const v1::Case& c) const {
        auto q = Named<v1::RecordVisitRequest>(c);
        v1::CaseVisit& v = *q.mutable_visit();
        v.add_visitors("李支书");
        v.add_visitors("赵队员");
        v.set_visited_on(Today());
        v.set_sheet("files/sheet-1");
        v.set_difficulty("户主住院，自付费用高");
        v.set_coping("子女在读，无其他收入");
        v.set_event_on(clock.Today().ToString());
        v.set_event("户主突发重病");
        *q.mutable_authority() = Authority();
        return q;
    }
    v1::RecordFindingsRequest Findings(const v1::Case& c, v1::CheckAnswer answer = v1::CHECK_ANSWER_NO) const {
        auto q = Named<v1::RecordFindingsRequest>(c);
        for (int item = v1::CrossCheckItem_MIN + 1; item <= v1::CrossCheckItem_MAX; ++item) {
            v1::Finding& f = *q.add_findings();
            f.set_item(static_cast<v1::CrossCheckItem>(item));
            f.set_answer(answer);
            f.set_department("public_security");
            f.set_evidence("files/reply-1");
        }
        return q;
    }
    v1::RecordReviewRequest Review(const v1::Case& c, bool carried = true) const {
        auto q = Named<v1::RecordReviewRequest>(c);
        v1::Review& r = *q.mutable_review();
        r.set_held_on(Today());
        r.set_place("村部");
        for (const char* name : {"张代表", "王代表", "刘代表"}) {
            auto& a = *r.add_attendees();
            a.set_name(name);
            a.set_part(v1::Attendee::PART_VILLAGER_REPRESENTATIVE);
        }
        auto& committee = *r.add_attendees();
        committee.set_name("李支书");
        committee.set_part(v1::Attendee::PART_TWO_COMMITTEES);
        r.set_votes_for(carried ? 4 : 1);
        r.set_votes_against(carried ? 0 : 3);
        r.set_carried(carried);
        r.set_minutes("files/minutes-1");
        if (carried) q.set_category(c.household_type() == v1::HOUSEHOLD_TYPE_LIFTED ? v1::CASE_CATEGORY_M1 : v1::CASE_CATEGORY_M2);
        return q;
    }
    v1::StartPublicityRequest Posting(const v1::Case& c) const {
        auto q = Named<v1::StartPublicityRequest>(c);
        q.set_place("村务公开栏");
        q.set_contact("镇乡村振兴办");
        return q;
    }
    v1::EnterCaseRequest Entering(const v1::Case& c) const {
        auto q = Named<v1::EnterCaseRequest>(c);
        q.set_owner("泗沥镇乡村振兴办");
        return q;
    }
    v1::EndCaseRequest Ending(const v1::Case& c, v1::CaseEnd end) const {
        auto q = Named<v1::EndCaseRequest>(c);
        q.set_end(end);
        q.set_reply("已向农户说明");
        return q;
    }
    v1::RevokeCaseRequest Revoking(const v1::Case& c, v1::CaseEnd end) const {
        auto q = Named<v1::RevokeCaseRequest>(c);
        q.set_end(end);
        q.set_reply("已向农户说明");
        q.set_help_kept("临时救助 2000 元");
        return q;
    }

    // One right step; the answer is the case after it.
    template <typename Q>
    v1::Case Do(Status (usecase::Cases::*method)(const Q&, const type::v1::Principal&, Deadline, v1::Case&) const, const Q& q,
                const type::v1::Principal& by) {
        v1::Case answer;
        const Status status = (cases.*method)(q, by, Soon(), answer);
        EXPECT_TRUE(status.ok()) << status.reason << ": " << status.message;
        return answer;
    }
    // A wrong one: its reason.
    template <typename Q>
    Status Try(Status (usecase::Cases::*method)(const Q&, const type::v1::Principal&, Deadline, v1::Case&) const, const Q& q,
               const type::v1::Principal& by) {
        v1::Case answer;
        return (cases.*method)(q, by, Soon(), answer);
    }
    v1::Case Simple(Status (usecase::Cases::*method)(const v1::MoveCaseRequest&, const type::v1::Principal&, Deadline, v1::Case&) const,
                    const v1::Case& c, const type::v1::Principal& by) {
        return Do(method, Named<v1::MoveCaseRequest>(c), by);
    }

    // ---- the procedure up to a state, in the order of the law
    v1::Case Open(int serial) { return Do(&usecase::Cases::Open, Opening(Household(serial)), kVillageOperator); }
    v1::Case ToVisited(const v1::Case& c) { return Do(&usecase::Cases::RecordVisit, Visit(c), kVillageOperator); }
    v1::Case ToChecked(const v1::Case& c, v1::CheckAnswer answer = v1::CHECK_ANSWER_NO) {
        Do(&usecase::Cases::RecordFindings, Findings(c, answer), kCountyOperator);
        return Simple(&usecase::Cases::FinishCrossCheck, c, kCountyOperator);
    }
    v1::Case ToReviewed(const v1::Case& c) { return Do(&usecase::Cases::RecordReview, Review(c), kVillageOperator); }
    v1::Case ToPublicised(const v1::Case& c) { return Do(&usecase::Cases::StartPublicity, Posting(c), kVillageOperator); }
    v1::Case ToPublicityEnded(const v1::Case& c) {
        Days(6);
        return Simple(&usecase::Cases::EndPublicity, c, kVillageOperator);
    }
    v1::Case ToApproved(const v1::Case& c) {
        const v1::Case reviewed = Simple(&usecase::Cases::ReviewByTownship, c, kTownshipOperator);
        return Do(&usecase::Cases::Approve, Named<v1::ApproveCaseRequest>(reviewed), kCountyOperator);
    }
    v1::Case ToMonitored(const v1::Case& c) {
        const v1::Case announced = Simple(&usecase::Cases::Announce, c, kTownshipOperator);
        return Do(&usecase::Cases::Enter, Entering(announced), kVillageOperator);
    }
    // From the visit on, to the end of the publicity.
    v1::Case FromVisitToPublicityEnded(const v1::Case& c) { return ToPublicityEnded(ToPublicised(ToReviewed(ToChecked(ToVisited(c))))); }
    v1::Case Monitored(int serial) { return ToMonitored(ToApproved(FromVisitToPublicityEnded(Open(serial)))); }

    // Types of the events of a case, oldest first, without the package.
    std::vector<std::string> EventsOf(const v1::Case& c) {
        std::vector<std::string> types;
        auto lease = pool.Acquire(Soon());
        const auto rows = (*lease)->Exec("SELECT value FROM outbox WHERE topic = 'shouwang.monitoring.case.v1' ORDER BY id", {});
        EXPECT_TRUE(rows.ok());
        for (int i = 0; rows.ok() && i < rows->size(); ++i) {
            shouwang::event::v1::Envelope envelope;
            const auto bytes = rows->Bytes(i, 0);
            EXPECT_TRUE(envelope.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
            const std::string& url = envelope.data().type_url();
            if (envelope.subject() == c.name()) types.push_back(url.substr(url.rfind('.') + 1));
        }
        return types;
    }

    usecase::Cases cases;
};

}  // namespace shouwang::monitoring::testing
