#include "services/monitoring/usecase/read_leads.h"

#include <charconv>
#include <map>
#include <set>

#include "common/base/region_code.h"
#include "common/record/commands.h"
#include "services/monitoring/store/batch_store.h"

namespace shouwang::monitoring::usecase {
namespace {

void SetTime(TimePoint time, google::protobuf::Timestamp* out) {
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
    out->set_seconds(ns / 1'000'000'000);
    out->set_nanos(static_cast<std::int32_t>(ns % 1'000'000'000));
}

bool ParseId(std::string_view text, std::int64_t& id) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc() && end == text.data() + text.size() && id > 0;
}

constexpr int kExportPage = 1000;

}  // namespace

Result<LeadName> ParseLeadName(const std::string& name) {
    constexpr std::string_view kHouseholds = "households/", kLeads = "/leads/";
    const auto middle = name.find(kLeads);
    LeadName parsed{};
    if (!name.starts_with(kHouseholds) || middle == std::string::npos ||
        !ParseId(std::string_view(name).substr(kHouseholds.size(), middle - kHouseholds.size()), parsed.household_id) ||
        !ParseId(std::string_view(name).substr(middle + kLeads.size()), parsed.lead_id)) {
        return InvalidField("name", "households/{household}/leads/{lead}");
    }
    return parsed;
}

std::string EtagOf(const store::LeadRecord& lead) { return "v" + std::to_string(lead.version); }

v1::Lead LeadReader::Show(store::LeadRecord r, const type::v1::Principal& by) const {
    v1::Lead lead;
    lead.set_household("households/" + std::to_string(r.household_id));
    lead.set_name(lead.household() + "/leads/" + std::to_string(r.lead_id));
    lead.set_household_no(r.household_no);
    lead.set_head_name(r.head_name);
    lead.set_region_code(r.region_code);
    lead.set_region_name(regions_.DisplayName(r.region_code));
    lead.set_risk_type(r.risk_type);
    lead.set_grade(r.grade);
    lead.set_state(r.state);
    lead.set_end(r.end);
    lead.set_rule_set(r.rule_set);
    for (v1::Explanation& e : r.explanations) *lead.add_explanations() = std::move(e);
    lead.set_assigned_region(r.assigned_region);
    SetTime(r.opened_at, lead.mutable_opened_at());
    if (r.due_at) SetTime(*r.due_at, lead.mutable_due_at());
    if (r.closed_at) SetTime(*r.closed_at, lead.mutable_closed_at());
    lead.set_overdue(r.due_at && *r.due_at < clock_.Now());
    lead.set_etag(EtagOf(r));
    for (const std::string& command : domain::LeadStates().Next(r.state, record::RolesOf(by))) lead.add_next_commands(command);
    lead.set_source(r.source);
    for (const std::int64_t source : r.joined_sources) lead.add_joined_sources(static_cast<v1::LeadSource>(source));
    lead.set_difficulty(r.difficulty);
    lead.set_reporter(r.reporter);
    lead.set_reference(r.reference);
    lead.set_escalated_to(r.escalated_to);
    lead.set_escalations(static_cast<std::int32_t>(r.escalations));
    if (r.declared_at) SetTime(*r.declared_at, lead.mutable_declared_at());
    if (r.duplicate_of != 0) lead.set_duplicate_of(lead.household() + "/leads/" + std::to_string(r.duplicate_of));
    lead.set_case_name(r.case_name);
    lead.set_reply(r.reply);
    return lead;
}

Status LeadReader::NameSources(pg::Connection& connection, std::span<v1::Lead*> leads) const {
    std::map<std::int64_t, std::string> names;
    const auto each = [&](const auto& f) {
        for (v1::Lead* lead : leads) {
            for (v1::Explanation& e : *lead->mutable_explanations()) {
                for (v1::Operand& o : *e.mutable_operands()) {
                    for (v1::SourceRow& s : *o.mutable_sources()) f(s);
                }
            }
        }
    };
    std::int64_t id = 0;
    each([&](v1::SourceRow& s) {
        if (ParseId(s.batch(), id)) names[id];
    });
    std::vector<std::int64_t> ids;
    for (const auto& [number, name] : names) ids.push_back(number);
    if (ids.empty()) return Status::Ok();
    SW_ASSIGN_OR_RETURN(const auto found, store::BatchNames(connection, ids));
    for (const auto& [number, name] : found) names[number] = name;
    each([&](v1::SourceRow& s) {
        if (ParseId(s.batch(), id)) s.set_batch(names[id]);
    });
    return Status::Ok();
}

Result<v1::Lead> LeadReader::Read(pg::Connection& connection, LeadName name, const type::v1::Principal& by) const {
    store::LeadFilter filter;
    filter.region_prefix = by.region_prefix();
    filter.household_id = name.household_id;
    filter.before = name.lead_id + 1;
    filter.limit = 1;
    SW_ASSIGN_OR_RETURN(auto found, store::ListLeads(connection, filter));
    if (found.empty() || found[0].lead_id != name.lead_id) return MakeStatus(Code::kNotFound, "LEAD_NOT_FOUND", "no such lead");
    v1::Lead lead = Show(std::move(found[0]), by);
    SW_ASSIGN_OR_RETURN(auto steps, store::Steps(connection, name.household_id, name.lead_id));
    for (v1::LeadStep& s : steps) *lead.add_steps() = std::move(s);
    v1::Lead* one[] = {&lead};
    SW_RETURN_IF_ERROR(NameSources(connection, one));
    return lead;
}

Result<v1::Lead> LeadReader::Get(const std::string& name, const type::v1::Principal& by, Deadline deadline) const {
    SW_ASSIGN_OR_RETURN(const LeadName parsed, ParseLeadName(name));
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    return Read(*lease, parsed, by);
}

Result<store::LeadFilter> LeadReader::FilterOf(const v1::ListLeadsRequest& q, const std::string& region) const {
    store::LeadFilter filter;
    filter.region_prefix = region;
    for (const int v : q.grades()) filter.grades.push_back(static_cast<v1::Grade>(v));
    for (const int v : q.states()) filter.states.push_back(static_cast<v1::LeadState>(v));
    for (const int v : q.risk_types()) filter.risk_types.push_back(static_cast<v1::RiskType>(v));
    if (!q.household().empty() && (!q.household().starts_with("households/") || !ParseId(std::string_view(q.household()).substr(11), filter.household_id))) {
        return InvalidField("household", "households/{household}");
    }
    for (const int v : q.sources()) filter.sources.push_back(static_cast<v1::LeadSource>(v));
    filter.escalated_to = q.escalated_to();
    if (q.only_overdue()) filter.overdue_at = clock_.Now();
    SW_ASSIGN_OR_RETURN(filter.limit, model::PageSize(q.page_size()));
    SW_ASSIGN_OR_RETURN(const std::string position, tokens_.Read(q));
    if (!position.empty() && !ParseId(position, filter.before)) return InvalidField("page_token", "a token of this list", "PAGE_TOKEN");
    return filter;
}

Result<v1::ListLeadsResponse> LeadReader::List(const v1::ListLeadsRequest& q, const std::string& region, const type::v1::Principal& by,
                                               Deadline deadline) const {
    SW_ASSIGN_OR_RETURN(store::LeadFilter filter, FilterOf(q, region));
    const int size = filter.limit++;  // one more tells whether there is a next page
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(auto records, store::ListLeads(*lease, filter));
    v1::ListLeadsResponse response;
    std::vector<v1::Lead*> shown;
    for (store::LeadRecord& r : records) {
        if (response.leads_size() == size) {
            const auto& last = *response.leads().rbegin();
            SW_ASSIGN_OR_RETURN(const LeadName name, ParseLeadName(last.name()));
            response.set_next_page_token(tokens_.Make(std::to_string(name.lead_id), q));
            break;
        }
        *response.add_leads() = Show(std::move(r), by);
    }
    for (v1::Lead& lead : *response.mutable_leads()) shown.push_back(&lead);
    SW_RETURN_IF_ERROR(NameSources(*lease, shown));
    return response;
}

Status LeadReader::Export(const v1::ListLeadsRequest& q, const std::string& region, const type::v1::Principal& by, Deadline deadline,
                          const std::function<bool(const v1::Lead&)>& write) const {
    v1::ListLeadsRequest page = q;
    page.set_page_size(kExportPage);
    for (;;) {
        SW_ASSIGN_OR_RETURN(const v1::ListLeadsResponse response, List(page, region, by, deadline));
        for (const v1::Lead& lead : response.leads()) {
            if (!write(lead)) return Status::Ok();
        }
        if (response.next_page_token().empty()) return Status::Ok();
        page.set_page_token(response.next_page_token());
    }
}

}  // namespace shouwang::monitoring::usecase
