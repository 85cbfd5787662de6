#include "services/monitoring/store/lead_store.h"

#include <chrono>
#include <iterator>
#include <limits>
#include <utility>

#include "shouwang/monitoring/v1/lead.pb.h"

namespace shouwang::monitoring::store {
namespace {

// Explanations are stored as a Lead message that holds only them.
std::string Pack(const std::vector<v1::Explanation>& explanations) {
    v1::Lead holder;
    for (const v1::Explanation& e : explanations) *holder.add_explanations() = e;
    return holder.SerializeAsString();
}

std::vector<v1::Explanation> Unpack(std::string_view bytes) {
    v1::Lead holder;
    holder.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    return {std::make_move_iterator(holder.mutable_explanations()->begin()), std::make_move_iterator(holder.mutable_explanations()->end())};
}

constexpr std::string_view kColumns =
    "l.household_id, l.lead_id, l.region_code, l.risk_type, l.grade, l.state, l.ended_as, l.rule_set, l.explanations, l.explanations_hash, "
    "l.assigned_region, l.opened_at, l.due_at, l.closed_at, l.visit, l.version, l.source, l.joined_sources, l.reported_grade, l.difficulty, "
    "l.reporter, l.reference, l.evidence, l.declared_at, l.escalate_at, l.escalated_to, l.escalations, l.duplicate_of, l.case_name, l.reply";
constexpr int kColumnCount = 30;

LeadRecord Read(const pg::Rows& rows, int i) {
    LeadRecord r;
    r.household_id = rows.Int(i, 0);
    r.lead_id = rows.Int(i, 1);
    r.region_code = rows.Text(i, 2);
    r.risk_type = static_cast<v1::RiskType>(rows.Int(i, 3));
    r.grade = static_cast<v1::Grade>(rows.Int(i, 4));
    r.state = static_cast<v1::LeadState>(rows.Int(i, 5));
    r.end = static_cast<v1::LeadEnd>(rows.Int(i, 6));
    r.rule_set = rows.Text(i, 7);
    r.explanations = Unpack(rows.Bytes(i, 8));
    r.explanations_hash = rows.Bytes(i, 9);
    r.assigned_region = rows.Text(i, 10);
    r.opened_at = rows.Time(i, 11);
    if (!rows.IsNull(i, 12)) r.due_at = rows.Time(i, 12);
    if (!rows.IsNull(i, 13)) r.closed_at = rows.Time(i, 13);
    if (!rows.IsNull(i, 14)) {
        r.visit.emplace();
        const std::string_view bytes = rows.Bytes(i, 14);
        r.visit->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    }
    r.version = rows.Int(i, 15);
    r.source = static_cast<v1::LeadSource>(rows.Int(i, 16));
    r.joined_sources = rows.IntArray(i, 17);
    r.reported_grade = static_cast<v1::Grade>(rows.Int(i, 18));
    r.difficulty = rows.Text(i, 19);
    r.reporter = rows.Text(i, 20);
    r.reference = rows.Text(i, 21);
    r.evidence = rows.StringArray(i, 22);
    if (!rows.IsNull(i, 23)) r.declared_at = rows.Time(i, 23);
    if (!rows.IsNull(i, 24)) r.escalate_at = rows.Time(i, 24);
    r.escalated_to = rows.Text(i, 25);
    r.escalations = rows.Int(i, 26);
    r.duplicate_of = rows.Int(i, 27);
    r.case_name = rows.Text(i, 28);
    r.reply = rows.Text(i, 29);
    return r;
}

void AddVisit(pg::Params& params, const std::optional<v1::Visit>& visit) {
    if (visit) {
        params.AddBytes(visit->SerializeAsString());
    } else {
        params.AddNull();
    }
}

}  // namespace

Result<std::unordered_map<std::int64_t, HouseholdLeads>> LeadsOf(pg::Connection& connection, const std::vector<std::int64_t>& households,
                                                                     TimePoint closed_after) {
    std::unordered_map<std::int64_t, HouseholdLeads> leads;
    if (households.empty()) return leads;
    pg::Params params;
    params.AddArray(households).Add(closed_after);
    static const std::string kLight = [] {
        std::string columns(kColumns);
        const std::string_view heavy = "l.explanations,";
        return columns.replace(columns.find(heavy), heavy.size(), "''::bytea,");
    }();
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT " + kLight + " FROM lead l WHERE household_id = ANY($1) AND (state <> 5 OR (closed_at > $2 AND ended_as <> 4)) "
        "ORDER BY household_id, lead_id FOR NO KEY UPDATE", params));
    for (int i = 0; i < rows.size(); ++i) {
        LeadRecord record = Read(rows, i);
        domain::OpenLead lead{record.lead_id, record.risk_type, record.grade, record.state, record.explanations_hash, record.reported_grade};
        HouseholdLeads& of = leads[record.household_id];
        if (lead.state == v1::LEAD_STATE_CLOSED) {
            of.recent.push_back(std::move(lead));
        } else {
            of.open.push_back(std::move(lead));
            of.records.push_back(std::move(record));
        }
    }
    return leads;
}

Status InsertLeads(pg::Connection& connection, std::span<LeadRecord*> leads) {
    if (leads.empty()) return Status::Ok();
    SW_ASSIGN_OR_RETURN(pg::Rows ids, connection.Exec(
        "SELECT nextval(s.name) FROM (SELECT pg_get_serial_sequence('lead', 'lead_id')::regclass AS name OFFSET 0) s, generate_series(1, $1::bigint)", pg::P(static_cast<std::int64_t>(leads.size()))));
    pg::CopyBuffer copy;
    for (std::size_t i = 0; i < leads.size(); ++i) {
        LeadRecord& r = *leads[i];
        r.lead_id = ids.Int(static_cast<int>(i), 0);
        r.version = 1;
        copy.Row(12).Int64(r.household_id).Int64(r.lead_id).Text(r.region_code).Int16(static_cast<std::int16_t>(r.risk_type));
        copy.Int16(static_cast<std::int16_t>(r.grade)).Int16(static_cast<std::int16_t>(r.state)).Text(r.rule_set).Bytes(Pack(r.explanations));
        copy.Bytes(r.explanations_hash).Text(r.assigned_region).Time(r.opened_at);
        if (r.due_at) {
            copy.Time(*r.due_at);
        } else {
            copy.Null();
        }
    }
    return connection.Copy(
        "COPY lead (household_id, lead_id, region_code, risk_type, grade, state, rule_set, explanations, explanations_hash, assigned_region, "
        "opened_at, due_at) FROM STDIN (FORMAT binary)", copy);
}

Status InsertReported(pg::Connection& connection, LeadRecord& r) {
    pg::Params params = pg::P(r.household_id, r.region_code, std::int32_t{r.risk_type}, std::int32_t{r.grade}, std::int32_t{r.state}, std::int32_t{r.end});
    params.AddBytes(Pack(r.explanations)).AddBytes(r.explanations_hash).Add(r.assigned_region).Add(r.opened_at).AddOptional(r.due_at).AddOptional(r.closed_at);
    params.Add(std::int32_t{r.source}).Add(std::int32_t{r.reported_grade}).Add(r.difficulty).Add(r.reporter).Add(r.reference).AddBytesArray(r.evidence);
    params.AddOptional(r.declared_at).AddOptional(r.duplicate_of == 0 ? std::nullopt : std::optional(r.duplicate_of)).Add(r.reply);
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "INSERT INTO lead (household_id, region_code, risk_type, grade, state, ended_as, rule_set, explanations, explanations_hash, assigned_region, opened_at, "
        "due_at, closed_at, source, reported_grade, difficulty, reporter, reference, evidence, declared_at, duplicate_of, reply) "
        "VALUES ($1, $2, $3::int, $4::int, $5::int, $6::int, '', $7, $8, $9, $10, $11::timestamptz, $12::timestamptz, $13::int, $14::int, $15, $16, $17, $18, "
        "$19::timestamptz, $20::bigint, $21) RETURNING lead_id", params));
    r.lead_id = rows.Int(0, 0);
    r.version = 1;
    return Status::Ok();
}

Result<std::int64_t> AnsweredLead(pg::Connection& connection, std::int64_t household_id, v1::RiskType risk, std::string_view evidence, TimePoint closed_after) {
    pg::Params params = pg::P(household_id, std::int32_t{risk}, closed_after);
    params.AddBytes(evidence);
    // 3 duplicate, 4 no longer true: not answered by anybody.
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT lead_id FROM lead WHERE household_id = $1 AND risk_type = $2::int AND state = 5 AND closed_at > $3 AND ended_as NOT IN (3, 4) "
        "AND $4 = ANY(evidence) ORDER BY lead_id DESC LIMIT 1", params));
    return rows.size() == 0 ? 0 : rows.Int(0, 0);
}

Result<std::vector<LeadRecord>> LockOverdue(pg::Connection& connection, TimePoint now, int limit) {
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "SELECT " + std::string(kColumns) + " FROM lead l WHERE state <> 5 AND coalesce(escalate_at, due_at) < $1 ORDER BY coalesce(escalate_at, due_at), lead_id "
        "LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED", pg::P(now, static_cast<std::int64_t>(limit))));
    std::vector<LeadRecord> leads;
    for (int i = 0; i < rows.size(); ++i) leads.push_back(Read(rows, i));
    return leads;
}

Result<LeadRecord> LockLead(pg::Connection& connection, std::int64_t household_id, std::int64_t lead_id) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT " + std::string(kColumns) + " FROM lead l WHERE household_id = $1 AND lead_id = $2 FOR NO KEY UPDATE", pg::P(household_id, lead_id)));
    if (rows.size() == 0) return MakeStatus(Code::kNotFound, "LEAD_NOT_FOUND", "no such lead");
    return Read(rows, 0);
}

Status UpdateLead(pg::Connection& connection, LeadRecord& r) {
    pg::Params params;
    params.Add(r.household_id).Add(r.lead_id).Add(static_cast<std::int32_t>(r.grade)).Add(static_cast<std::int32_t>(r.state));
    params.Add(static_cast<std::int32_t>(r.end)).Add(r.rule_set).AddBytes(Pack(r.explanations)).AddBytes(r.explanations_hash);
    params.Add(r.assigned_region).AddOptional(r.due_at).AddOptional(r.closed_at);
    AddVisit(params, r.visit);
    params.Add(r.region_code).AddArray(std::span<const std::int64_t>(r.joined_sources)).Add(std::int32_t{r.reported_grade}).AddBytesArray(r.evidence);
    params.AddOptional(r.declared_at).AddOptional(r.escalate_at).Add(r.escalated_to).Add(static_cast<std::int32_t>(r.escalations)).Add(r.case_name).Add(r.reply);
    params.Add(r.difficulty);
    r.version += 1;
    return connection.Exec(
        "UPDATE lead SET grade = $3::int, state = $4::int, ended_as = $5::int, rule_set = $6, explanations = $7, explanations_hash = $8, "
        "assigned_region = $9, due_at = $10::timestamptz, closed_at = $11::timestamptz, visit = $12::bytea, region_code = $13, joined_sources = $14, "
        "reported_grade = $15::int, evidence = $16, declared_at = $17::timestamptz, escalate_at = $18::timestamptz, escalated_to = $19, "
        "escalations = $20, case_name = $21, reply = $22, difficulty = $23, version = version + 1 "
        "WHERE household_id = $1 AND lead_id = $2", params).status();
}

Status UpdateEvidence(pg::Connection& connection, std::span<LeadRecord> leads) {
    if (leads.empty()) return Status::Ok();
    // Microseconds since 1970; nothing due is the smallest number: arrays carry no nulls.
    constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
    std::vector<std::int64_t> households, ids, due;
    std::vector<std::int16_t> grades;
    std::vector<std::string> explanations, hashes, regions;
    std::unordered_map<std::int64_t, LeadRecord*> by_id;
    for (LeadRecord& r : leads) {
        households.push_back(r.household_id);
        ids.push_back(r.lead_id);
        due.push_back(r.due_at ? std::chrono::duration_cast<std::chrono::microseconds>(r.due_at->time_since_epoch()).count() : kNone);
        grades.push_back(static_cast<std::int16_t>(r.grade));
        explanations.push_back(Pack(r.explanations));
        hashes.push_back(r.explanations_hash);
        regions.push_back(r.region_code);
        by_id[r.lead_id] = &r;
    }
    pg::Params params;
    params.AddArray(households).AddArray(ids).AddArray(grades).AddBytesArray(explanations).AddBytesArray(hashes).AddArray(regions).AddArray(due);
    params.Add(leads.front().rule_set).Add(kNone);
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "UPDATE lead l SET grade = n.grade, explanations = n.explanations, explanations_hash = n.hash, region_code = n.region_code, "
        "due_at = CASE WHEN n.due <> $9 THEN timestamptz 'epoch' + n.due * interval '1 microsecond' END, rule_set = $8, version = version + 1 "
        "FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bytea[], $5::bytea[], $6::text[], $7::bigint[]) "
        "AS n(household_id, lead_id, grade, explanations, hash, region_code, due) "
        "WHERE l.household_id = n.household_id AND l.lead_id = n.lead_id RETURNING l.lead_id, l.version", params));
    if (rows.size() != static_cast<int>(leads.size())) return MakeStatus(Code::kInternal, "LEAD_LOST", "a locked lead disappeared");
    for (int i = 0; i < rows.size(); ++i) by_id.at(rows.Int(i, 0))->version = rows.Int(i, 1);
    return Status::Ok();
}

Result<std::vector<LeadRecord>> EndLeads(pg::Connection& connection, std::span<const LeadKey> leads, TimePoint now) {
    std::vector<LeadRecord> ended;
    if (leads.empty()) return ended;
    std::vector<std::int64_t> households, ids;
    for (const LeadKey& key : leads) {
        households.push_back(key.household_id);
        ids.push_back(key.lead_id);
    }
    pg::Params params;
    params.AddArray(households).AddArray(ids).Add(now);
    SW_ASSIGN_OR_RETURN(const pg::Rows rows, connection.Exec(
        "UPDATE lead l SET state = 5, ended_as = 4, closed_at = $3, due_at = NULL, version = version + 1 "
        "FROM unnest($1::bigint[], $2::bigint[]) AS n(household_id, lead_id) "
        "WHERE l.household_id = n.household_id AND l.lead_id = n.lead_id RETURNING " + std::string(kColumns), params));
    for (int i = 0; i < rows.size(); ++i) ended.push_back(Read(rows, i));
    SW_RETURN_IF_ERROR(connection.Exec(
        "INSERT INTO lead_step (household_id, lead_id, step, command, to_state, actor, at, note) "
        "SELECT n.household_id, n.lead_id, coalesce((SELECT max(s.step) FROM lead_step s WHERE s.household_id = n.household_id "
        "AND s.lead_id = n.lead_id), 0) + 1, 'end', 5, 'system', $3, 'no longer true' "
        "FROM unnest($1::bigint[], $2::bigint[]) AS n(household_id, lead_id)", params).status());
    return ended;
}

Status AddStep(pg::Connection& connection, const LeadRecord& lead, const std::string& command, const std::string& actor, TimePoint at,
               const std::string& note, const std::optional<v1::Visit>& visit) {
    pg::Params params;
    params.Add(lead.household_id).Add(lead.lead_id).Add(command).Add(static_cast<std::int32_t>(lead.state)).Add(actor).Add(at).Add(note);
    AddVisit(params, visit);
    return connection.Exec(
        "INSERT INTO lead_step (household_id, lead_id, step, command, to_state, actor, at, note, visit) "
        "SELECT $1, $2, coalesce(max(step), 0) + 1, $3, $4::int, $5, $6, $7, $8::bytea FROM lead_step WHERE household_id = $1 AND lead_id = $2",
        params).status();
}

Result<std::vector<v1::LeadStep>> Steps(pg::Connection& connection, std::int64_t household_id, std::int64_t lead_id) {
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT command, to_state, actor, at, note, visit FROM lead_step WHERE household_id = $1 AND lead_id = $2 ORDER BY step",
        pg::P(household_id, lead_id)));
    std::vector<v1::LeadStep> steps(rows.size());
    for (int i = 0; i < rows.size(); ++i) {
        v1::LeadStep& s = steps[i];
        s.set_command(std::string(rows.Text(i, 0)));
        s.set_to(static_cast<v1::LeadState>(rows.Int(i, 1)));
        s.set_actor(std::string(rows.Text(i, 2)));
        const auto since = rows.Time(i, 3).time_since_epoch();
        s.mutable_at()->set_seconds(std::chrono::duration_cast<std::chrono::seconds>(since).count());
        s.set_note(std::string(rows.Text(i, 4)));
        if (!rows.IsNull(i, 5)) {
            const std::string_view bytes = rows.Bytes(i, 5);
            s.mutable_visit()->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
        }
    }
    return steps;
}

Result<std::vector<LeadRecord>> ListLeads(pg::Connection& connection, const LeadFilter& f) {
    const auto ints = [](const auto& values) {
        std::vector<std::int32_t> out;
        for (const auto v : values) out.push_back(static_cast<std::int32_t>(v));
        return out;
    };
    pg::Params params;
    params.Add(f.region_prefix + "%").AddArray(ints(f.grades)).AddArray(ints(f.states)).AddArray(ints(f.risk_types)).Add(f.household_id);
    params.AddOptional(f.overdue_at).Add(f.before).Add(static_cast<std::int64_t>(f.limit)).AddArray(ints(f.sources)).Add(f.escalated_to);
    SW_ASSIGN_OR_RETURN(pg::Rows rows, connection.Exec(
        "SELECT " + std::string(kColumns) + ", h.household_no, coalesce((SELECT p.name FROM member m JOIN person p ON p.person_id = m.person_id "
        "WHERE m.household_id = l.household_id AND m.living ORDER BY (m.relation <> 1), m.person_id LIMIT 1), '') "
        "FROM lead l JOIN household h ON h.household_id = l.household_id "
        "WHERE l.region_code LIKE $1 AND (cardinality($2::int[]) = 0 OR l.grade = ANY($2)) AND (cardinality($3::int[]) = 0 OR l.state = ANY($3)) "
        "AND (cardinality($4::int[]) = 0 OR l.risk_type = ANY($4)) AND ($5 = 0 OR l.household_id = $5) "
        "AND ($6::timestamptz IS NULL OR (l.state <> 5 AND l.due_at < $6)) AND ($7 = 0 OR l.lead_id < $7) "
        "AND (cardinality($9::int[]) = 0 OR l.source = ANY($9) OR l.joined_sources && $9::smallint[]) AND ($10 = '' OR l.escalated_to = $10) ORDER BY l.lead_id DESC LIMIT $8", params));
    std::vector<LeadRecord> leads;
    for (int i = 0; i < rows.size(); ++i) {
        leads.push_back(Read(rows, i));
        leads.back().household_no = rows.Text(i, kColumnCount);
        leads.back().head_name = rows.Text(i, kColumnCount + 1);
    }
    return leads;
}

}  // namespace shouwang::monitoring::store
