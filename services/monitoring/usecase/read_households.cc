#include "services/monitoring/usecase/read_households.h"

#include <charconv>
#include <map>
#include <optional>

#include "common/base/identity_number.h"
#include "common/base/region_code.h"
#include "common/model/seal.h"
#include "services/monitoring/domain/household_facts.h"
#include "services/monitoring/store/batch_store.h"
#include "services/monitoring/store/overview_store.h"
#include "services/monitoring/usecase/household_view.h"
#include "shouwang/monitoring/feed/v1/registry.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using domain::FactOwner;

std::optional<std::int64_t> HouseholdId(std::string_view name) {
    constexpr std::string_view kPrefix = "households/";
    std::int64_t id = 0;
    if (!name.starts_with(kPrefix)) return std::nullopt;
    const auto [end, error] = std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), id);
    if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return id;
}

Status NotFound() { return MakeStatus(Code::kNotFound, "HOUSEHOLD_NOT_FOUND", "no such household"); }

v1::FactValue Show(const domain::Fact& fact, const domain::ComputedFact& computed, const std::map<std::int64_t, std::string>& batches) {
    v1::FactValue out;
    out.set_fact(fact.name);
    out.set_label_zh(fact.definition.label().zh());
    out.set_label_en(fact.definition.label().en());
    out.set_unit(fact.definition.unit());
    out.set_knowledge(computed.known == domain::Known::kKnown   ? v1::KNOWLEDGE_KNOWN
                      : computed.known == domain::Known::kStale ? v1::KNOWLEDGE_STALE
                                                                : v1::KNOWLEDGE_UNKNOWN);
    if (computed.known != domain::Known::kUnknown) {
        const bool boolean = fact.field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL;
        out.set_value(boolean ? (computed.value != 0 ? "true" : "false") : std::to_string(computed.value));
    }
    if (computed.as_of) out.set_as_of(computed.as_of->ToString());
    for (const domain::StateRow* row : computed.sources) {
        v1::SourceRow& source = *out.add_sources();
        const model::Dataset* dataset = domain::Datasets().Find(row->dataset);
        source.set_dataset(dataset != nullptr ? dataset->options.id() : "");
        const auto name = batches.find(row->batch);
        source.set_batch(name != batches.end() ? name->second : "");
        source.set_sequence(row->sequence);
        source.set_date(row->date.ToString());
    }
    return out;
}

template <typename Enum>
std::string WithoutPrefix(const Enum value, const std::string& prefix) {
    const auto* descriptor = google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(value);
    return descriptor == nullptr ? "" : descriptor->name().substr(prefix.size());
}

}  // namespace

Status HouseholdReader::AddPersons(pg::Connection& connection, std::int64_t household_id, v1::Household& household) const {
    SW_ASSIGN_OR_RETURN(auto persons, store::PersonsOf(connection, household_id));
    std::map<std::int64_t, const store::PersonRecord*> by_id;
    for (const store::PersonRecord& p : persons) by_id[p.person_id] = &p;
    for (v1::Person& person : *household.mutable_members()) {
        const std::int64_t id = std::stoll(person.name().substr(person.name().rfind('/') + 1));
        const auto it = by_id.find(id);
        if (it == by_id.end()) continue;
        person.set_display_name(it->second->name);
        SW_ASSIGN_OR_RETURN(std::string number, sealer_.Open(it->second->sealed_identity, model::kSealIdentity));
        person.set_identity_no(std::move(number));
        if (it->second->sealed_phone.empty()) continue;
        SW_ASSIGN_OR_RETURN(const std::string sealed, sealer_.Open(it->second->sealed_phone, model::kSealFields));
        feed::v1::RegistryMember member;
        if (member.ParseFromString(sealed)) person.set_phone(member.phone());
    }
    return Status::Ok();
}

Status HouseholdReader::AddFacts(pg::Connection& connection, HouseholdsThen then, Date today, v1::Household& household) const {
    HouseholdView view(std::move(then.records.at(0)));
    const std::string& region = view.record().region_code;
    const auto book = books_.Current();
    const auto parameters = book->ParametersFor(region, today);
    const domain::HouseholdInput& input = view.Input(then.VillageOf(view.record()));
    const domain::HouseholdFacts facts(input, today, then.coverage, parameters);

    std::vector<std::pair<const domain::Fact*, domain::ComputedFact>> own;
    std::vector<std::vector<std::pair<const domain::Fact*, domain::ComputedFact>>> of_members(input.members.size());
    std::map<std::int64_t, std::string> batches;
    const auto compute = [&](const domain::Fact& fact, int element, auto& to) {
        to.emplace_back(&fact, facts.Explain(fact.owner, element, fact.field->index()));
        for (const domain::StateRow* row : to.back().second.sources) batches[row->batch];
    };
    for (const domain::Fact& fact : domain::Facts().facts()) {
        if (fact.owner != FactOwner::kPerson) {
            compute(fact, 0, own);
            continue;
        }
        for (std::size_t i = 0; i < input.members.size(); ++i) compute(fact, static_cast<int>(i), of_members[i]);
    }
    std::vector<std::int64_t> ids;
    for (const auto& [id, name] : batches) ids.push_back(id);
    SW_ASSIGN_OR_RETURN(const auto names, store::BatchNames(connection, ids));
    for (const auto& [id, name] : names) batches[id] = name;

    for (const auto& [fact, computed] : own) *household.add_facts() = Show(*fact, computed, batches);
    for (std::size_t i = 0; i < input.members.size(); ++i) {
        const domain::MemberInput& m = input.members[i];
        v1::Person& person = *household.add_members();
        person.set_name(household.name() + "/persons/" + std::to_string(m.person_id));
        person.set_birth_year(m.birth.year());
        person.set_labour(WithoutPrefix(static_cast<feed::v1::RegistryMember::Labour>(m.labour), "LABOUR_"));
        for (const store::MemberRecord& r : view.record().members) {
            if (r.person_id == m.person_id) {
                person.set_relation(WithoutPrefix(static_cast<feed::v1::RegistryMember::Relation>(r.relation), "RELATION_"));
            }
        }
        // What is unknown about a person is listed by the blind rules; here stands what is known, and what has gone stale.
        for (const auto& [fact, computed] : of_members[i]) {
            if (computed.known != domain::Known::kUnknown) *person.add_facts() = Show(*fact, computed, batches);
        }
    }
    for (const domain::Blind& blind : book->Screen(facts, true).blind) {
        v1::BlindRule& out = *household.add_blind_rules();
        out.set_rule(blind.rule->rule.id());
        for (const std::string& fact : blind.missing) out.add_missing_facts(fact);
    }
    return Status::Ok();
}

Result<v1::Household> HouseholdReader::Find(pg::Connection& connection, std::int64_t household_id, const std::string& region) const {
    store::HouseholdFilter filter;
    filter.region_prefix = region;
    filter.household_id = household_id;
    filter.limit = 1;
    SW_ASSIGN_OR_RETURN(auto found, store::ListHouseholds(connection, filter));
    if (found.empty()) return NotFound();
    found[0].set_region_name(regions_.DisplayName(found[0].region_code()));
    return std::move(found[0]);
}

Result<v1::Household> HouseholdReader::Get(const std::string& name, const std::string& region, Deadline deadline) const {
    const auto id = HouseholdId(name);
    if (!id) return InvalidField("name", "households/{household}");
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(v1::Household household, Find(*lease, *id, region));
    SW_ASSIGN_OR_RETURN(HouseholdsThen now, LoadNow(*lease, {*id}));
    if (now.records.empty()) return NotFound();
    SW_RETURN_IF_ERROR(AddFacts(*lease, std::move(now), clock_.Today(), household));
    SW_RETURN_IF_ERROR(AddPersons(*lease, *id, household));
    return household;
}

Result<v1::Household> HouseholdReader::GetAsOf(const v1::GetHouseholdAsOfRequest& q, const std::string& region, Deadline deadline) const {
    const auto id = HouseholdId(q.name());
    if (!id) return InvalidField("name", "households/{household}");
    const auto valid_on = Date::Parse(q.valid_on());
    if (!valid_on || *valid_on > clock_.Today()) return InvalidField("valid_on", "a day that has come");
    const auto known_at = q.known_at().empty() ? std::optional(clock_.Now()) : ParseRfc3339(q.known_at());
    if (!known_at) return InvalidField("known_at", "a time as in RFC 3339");
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(v1::Household household, Find(*lease, *id, region));
    SW_ASSIGN_OR_RETURN(HouseholdsThen then, LoadThen(*lease, {*id}, {*valid_on, *known_at}));
    if (then.records.empty()) return NotFound();
    const store::HouseholdRecord& record = then.records[0];
    household.set_region_code(record.region_code);
    household.set_region_name(regions_.DisplayName(record.region_code));
    household.set_lifted(record.lifted);
    household.set_relocated(record.relocated);
    household.set_member_count(static_cast<std::int32_t>(record.member_count));
    SW_RETURN_IF_ERROR(AddFacts(*lease, std::move(then), *valid_on, household));
    SW_RETURN_IF_ERROR(AddPersons(*lease, *id, household));
    return household;
}

Result<v1::ListHouseholdsResponse> HouseholdReader::List(const v1::ListHouseholdsRequest& q, const std::string& region, Deadline deadline) const {
    SW_ASSIGN_OR_RETURN(const int size, model::PageSize(q.page_size()));
    SW_ASSIGN_OR_RETURN(const std::string position, tokens_.Read(q));
    store::HouseholdFilter filter;
    filter.region_prefix = region;
    filter.household_no = q.household_no();
    filter.limit = size + 1;
    if (!position.empty()) filter.after = std::stoll(position);
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    v1::ListHouseholdsResponse response;
    if (!q.identity_no().empty()) {
        const auto identity = IdentityNumber::Parse(q.identity_no());
        if (!identity.ok()) return InvalidField("identity_no", "an identity number of 18 or 15 characters", identity.status().reason);
        SW_ASSIGN_OR_RETURN(const auto persons, store::FindPersons(*lease, {blind_.Of(identity->number)}));
        if (persons.empty()) return response;
        filter.household_id = persons.begin()->second.household_id;
    }
    SW_ASSIGN_OR_RETURN(auto households, store::ListHouseholds(*lease, filter));
    for (v1::Household& h : households) {
        if (response.households_size() == size) {
            const std::string& last = response.households().rbegin()->name();
            response.set_next_page_token(tokens_.Make(last.substr(last.find('/') + 1), q));
            break;
        }
        h.set_region_name(regions_.DisplayName(h.region_code()));
        *response.add_households() = std::move(h);
    }
    return response;
}

}  // namespace shouwang::monitoring::usecase
