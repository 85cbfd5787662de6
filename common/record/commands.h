// One command on one record: the same way for every kind, in one transaction:
//   request id → lock → region → etag → state table (state, actor) → minimum period → body → guard → state and limit → save, step, events →
//   answer, stored under the request id.
#pragma once

#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/outbox/outbox.h"
#include "common/pg/pg.h"
#include "common/record/kind.h"
#include "common/record/parameters.h"
#include "common/record/store.h"
#include "shouwang/type/v1/principal.pb.h"

namespace shouwang::record {

std::vector<options::v1::Role> RolesOf(const type::v1::Principal& by);
// The platform itself: what clocks and rules do.
const type::v1::Principal& System();

// The transaction a command runs in, for its body.
struct Work {
    pg::Connection& connection;
    const Parameters& parameters;
    const type::v1::Principal& by;
    TimePoint now;
    Date today;
    outbox::Writer& events;
    type::v1::Step step;  // command, from, to, actor, at are set; the body may add note and detail

    Result<std::int64_t> Need(std::string_view parameter, std::string_view region) const { return parameters.Need(connection, parameter, region, today); }
};

// Runs `body` at most once for a request id: the stored answer of the same request is given again. Answers are messages of one type.
Status RunOnce(pg::Pool& pool, Deadline deadline, std::string_view command, const type::v1::Principal& by, const google::protobuf::Message& request,
               google::protobuf::Message& answer, const std::function<Status(pg::Connection&)>& body);

class Commands {
public:
    using Body = std::function<Status(Work&, google::protobuf::Message&)>;
    // source: "/shouwang/monitoring", of the events. All must outlive it. Thread-safe.
    Commands(pg::Pool& pool, const Parameters& parameters, const Clock& clock, std::string source)
        : pool_(pool), parameters_(parameters), clock_(clock), source_(std::move(source)) {}

    // request: has `name`, and may have etag, request_id and note. Errors: <KIND>_NOT_FOUND, ETAG_STALE (ABORTED), those of the state table,
    // <KIND>_TOO_EARLY (FAILED_PRECONDITION, metadata not_before), of the body, of the guard, REQUEST_ID_REUSED. Nothing is changed by any.
    // body: checks and changes the record beside its state, writes what goes with it, adds events; may be empty.
    // then: what follows in the same transaction once the step is saved (a second step, records that refer to this one).
    Status Move(const Kind& kind, std::string_view command, const google::protobuf::Message& request, const type::v1::Principal& by, Deadline deadline,
                const Body& body, google::protobuf::Message& answer, const Body& then = {}) const;
    // Makes a record by the row (0, command) of the table. body fills it; region_code must lie in the caller's region (else "<KIND>_OUTSIDE_REGION",
    // PERMISSION_DENIED). parents as in Insert.
    Status Create(const Kind& kind, std::string_view command, std::span<const std::int64_t> parents, const google::protobuf::Message& request,
                  const type::v1::Principal& by, Deadline deadline, const Body& body, google::protobuf::Message& answer, const Body& then = {}) const;

    // The same two inside a transaction that is already open: no request id, no etag, events are the caller's to flush.
    Status MoveIn(const Kind& kind, std::string_view command, std::string_view name, Work& work, const Body& body, google::protobuf::Message& record) const;
    Status CreateIn(const Kind& kind, std::string_view command, std::span<const std::int64_t> parents, Work& work, const Body& body,
                    google::protobuf::Message& record) const;

    Status Get(const Kind& kind, std::string_view name, const type::v1::Principal& by, Deadline deadline, google::protobuf::Message& answer) const;
    Status List(const Kind& kind, const google::protobuf::Message& request, std::string_view region, const type::v1::Principal& by,
                const model::PageTokens& tokens, Deadline deadline, google::protobuf::Message& response) const;

    // Records past their limit, at most `limit` of them: each goes one level up the region tree (escalated_to, escalations + 1), with a step and
    // `event`; again after one more limit has passed. The kind stores due_at, region_code, escalations, escalated_to and escalate_at. Says how many.
    using Escalated = std::function<void(Work&, const google::protobuf::Message&)>;
    Result<int> Escalate(const Kind& kind, int limit, Deadline deadline, const Escalated& event) const;

    pg::Pool& pool() const { return pool_; }
    const Parameters& parameters() const { return parameters_; }
    const Clock& clock() const { return clock_; }
    const std::string& source() const { return source_; }

    // Fills what is computed: etag stays; overdue, next_commands.
    void Show(const Kind& kind, const type::v1::Principal& by, google::protobuf::Message& record) const;
    // Runs `body` with a Work of its own in one transaction under the request id of `request`; flushes the events last.
    Status Transact(std::string_view command, const type::v1::Principal& by, const google::protobuf::Message& request, Deadline deadline,
                    google::protobuf::Message& answer, const std::function<Status(Work&)>& body) const;

private:
    Status Enter(const Kind& kind, const flow::Transition& transition, Work& work, google::protobuf::Message& record) const;
    pg::Pool& pool_;
    const Parameters& parameters_;
    const Clock& clock_;
    std::string source_;
};

}  // namespace shouwang::record
