// What time does to cases: limits that pass go up the region tree, raw parts of findings are forgotten.
#include "common/base/region_code.h"
#include "common/trace/trace.h"
#include "services/monitoring/domain/case_table.h"
#include "services/monitoring/usecase/case_body.h"
#include "services/monitoring/usecase/cases.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr int kStep = 200;  // cases a transaction

// Runs until a round finds less than a full step.
template <typename F>
Status Rounds(F round) {
    for (;;) {
        SW_ASSIGN_OR_RETURN(const int done, round());
        if (done < kStep) return Status::Ok();
    }
}

void AddEscalated(record::Work& work, const v1::Case& c, const std::string& to, bool total) {
    event::v1::CaseEscalated escalated;
    escalated.set_escalated_to(to);
    escalated.set_total(total);
    AddCaseEvent(work, c, escalated);
}

}  // namespace

Status Cases::EscalateTotals(Deadline deadline) const {
    return Rounds([&]() -> Result<int> {
        int found = 0;
        SW_RETURN_IF_ERROR(pg::RunInTransaction(commands_.pool(), deadline, [&](pg::Connection& connection) -> Status {
            const TimePoint now = commands_.clock().Now();
            outbox::Writer events(commands_.source(), now, trace::Current().ToString());
            record::Work work{connection, commands_.parameters(), record::System(), now, DateAt(now), events, {}};
            SW_ASSIGN_OR_RETURN(auto cases, record::Select<v1::Case>(
                                                connection, CaseKind(),
                                                "total_due_at < $1 AND NOT total_escalated AND state NOT IN (12, 13, 14, 15, 16, 17, 18, 19, 20) "
                                                "ORDER BY total_due_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
                                                pg::P(now, std::int64_t{kStep})));
            for (v1::Case& c : cases) {
                // The whole procedure is the county's to answer for.
                const std::string county(RegionAtLevel(c.region_code(), 3));
                c.set_total_escalated(true);
                SW_RETURN_IF_ERROR(record::Save(connection, CaseKind(), c));
                work.step.Clear();
                work.step.set_command("escalate");
                work.step.set_from(CaseKind().states()->StateName(c.state()));
                work.step.set_to(work.step.from());
                work.step.set_actor(record::System().subject());
                work.step.set_note("total limit passed, to " + county);
                SetStamp(*work.step.mutable_at(), now);
                SW_RETURN_IF_ERROR(record::AddStep(connection, c.name(), work.step));
                AddEscalated(work, c, county, true);
            }
            found = static_cast<int>(cases.size());
            return events.Flush(connection);
        }));
        return found;
    });
}

Status Cases::ForgetRaw(Deadline deadline) const {
    return Rounds([&]() -> Result<int> {
        int forgotten = 0;
        SW_RETURN_IF_ERROR(pg::RunInTransaction(commands_.pool(), deadline, [&](pg::Connection& connection) -> Status {
            const Date today = commands_.clock().Today();
            forgotten = 0;
            SW_ASSIGN_OR_RETURN(auto cases, record::Select<v1::Case>(connection, CaseKind(),
                                                                     "raw_due_on <= $1 ORDER BY raw_due_on LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
                                                                     pg::P(today, std::int64_t{kStep})));
            for (v1::Case& c : cases) {
                // Answers, verdicts and overrides stay: the decision must remain explainable.
                for (v1::Finding& f : *c.mutable_cross_check()->mutable_findings()) f.clear_operands();
                c.clear_raw_due_on();
                SW_RETURN_IF_ERROR(record::Save(connection, CaseKind(), c));
            }
            forgotten = static_cast<int>(cases.size());
            return Status::Ok();
        }));
        return forgotten;
    });
}

Status Cases::RunDue(Deadline deadline) const {
    SW_RETURN_IF_ERROR(Rounds([&] {
        return commands_.Escalate(CaseKind(), kStep, deadline, [](record::Work& work, const google::protobuf::Message& m) {
            const auto& c = static_cast<const v1::Case&>(m);
            AddEscalated(work, c, c.escalated_to(), false);
        });
    }));
    SW_RETURN_IF_ERROR(EscalateTotals(deadline));
    return ForgetRaw(deadline);
}

}  // namespace shouwang::monitoring::usecase
