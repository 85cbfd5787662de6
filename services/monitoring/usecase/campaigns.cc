#include "services/monitoring/usecase/campaigns.h"

#include "common/base/region_code.h"
#include "services/monitoring/domain/lead_machine.h"
#include "services/monitoring/store/campaign_store.h"
#include "services/monitoring/usecase/discovery_kinds.h"
#include "shouwang/monitoring/event/v1/discovery_event.pb.h"

namespace shouwang::monitoring::usecase {
namespace {

using google::protobuf::Message;

std::int64_t IdOf(const v1::Campaign& campaign) { return CampaignKind().ParseName(campaign.name())->back(); }

void AddEvent(record::Work& work, const v1::Campaign& c, const std::string& command) {
    event::v1::CampaignMoved data;
    data.set_name(c.name());
    data.set_region_code(c.region_code());
    data.set_title(c.title());
    data.set_state(c.state());
    data.set_command(command);
    data.set_households(c.progress().households());
    data.set_checked(c.progress().checked());
    data.set_leads(c.progress().leads());
    outbox::Event event;
    event.topic = kDiscoveryTopic;
    event.subject = c.name();
    event.partition_key = c.name();
    event.data = &data;
    work.events.Add(event);
}

Status Unfinished(const v1::CampaignProgress& p, std::int64_t needed_bp, const std::string& why) {
    Status status = MakeStatus(Code::kFailedPrecondition, "CAMPAIGN_UNFINISHED", why);
    status.metadata = {{"households", std::to_string(p.households())}, {"checked", std::to_string(p.checked())}, {"needed_bp", std::to_string(needed_bp)}};
    return status;
}

// Every household; or, past the last day, the share that the province asks for and the reason for the rest.
Status CheckFinished(record::Work& work, const v1::Campaign& c, const std::string& note) {
    const v1::CampaignProgress& p = c.progress();
    if (p.checked() == p.households()) return Status::Ok();
    if (work.today <= *Date::Parse(c.ends_on())) return Unfinished(p, 10000, "not every household is checked, and the last day, " + c.ends_on() + ", is not over");
    SW_ASSIGN_OR_RETURN(const std::int64_t needed, work.Need("lead.campaign_coverage_bp", c.region_code()));
    if (p.checked_bp() < needed) return Unfinished(p, needed, "too few households are checked");
    return domain::Trimmed(note).empty() ? InvalidField("note", "why not every household was checked") : Status::Ok();
}

bool Meets(const std::string& a, const std::string& b) { return RegionContains(a, b) || RegionContains(b, a); }

}  // namespace

Status Campaigns::Show(pg::Connection& connection, const type::v1::Principal& by, v1::Campaign& c) const {
    const std::string region = NarrowRegion(by.region_prefix(), c.region_code());
    SW_ASSIGN_OR_RETURN(*c.mutable_progress(), store::ProgressIn(connection, IdOf(c), region));
    c.mutable_progress()->set_region_name(regions_.DisplayName(region));
    return Status::Ok();
}

Status Campaigns::Create(const v1::CreateCampaignRequest& q, const type::v1::Principal& by, Deadline deadline, v1::Campaign& answer) const {
    const auto starts = Date::Parse(q.starts_on()), ends = Date::Parse(q.ends_on());
    if (!starts) return InvalidField("starts_on", "a date YYYY-MM-DD");
    if (!ends || *ends < *starts) return InvalidField("ends_on", "a date not before starts_on");
    if (RegionLevel(q.region_code()) < 1) return InvalidField("region_code", "2, 4, 6, 9 or 12 digits");
    if (q.scope() == v1::CAMPAIGN_SCOPE_UNSPECIFIED) return InvalidField("scope", "whom it covers");
    if (*ends < commands_.clock().Today()) return InvalidField("ends_on", "not before today");
    const auto fill = [&](record::Work&, Message& m) {
        auto& c = static_cast<v1::Campaign&>(m);
        c.set_region_code(q.region_code());
        c.set_title(q.title());
        c.set_scope(q.scope());
        c.set_starts_on(q.starts_on());
        c.set_ends_on(q.ends_on());
        c.set_basis(q.basis());
        return Status::Ok();
    };
    const auto tell = [&](record::Work& work, Message& m) {
        AddEvent(work, static_cast<v1::Campaign&>(m), "plan");
        return Status::Ok();
    };
    return commands_.Create(CampaignKind(), "plan", {}, q, by, deadline, fill, answer, tell);
}

Status Campaigns::Start(const v1::MoveCampaignRequest& q, const type::v1::Principal& by, Deadline deadline, v1::Campaign& answer) const {
    const auto check = [](record::Work& work, Message& m) -> Status {
        const auto& c = static_cast<const v1::Campaign&>(m);
        if (work.today >= *Date::Parse(c.starts_on())) return Status::Ok();
        Status early = MakeStatus(Code::kFailedPrecondition, "CAMPAIGN_TOO_EARLY", "it begins on " + c.starts_on());
        early.metadata = {{"not_before", c.starts_on()}};
        return early;
    };
    const auto enrol = [&](record::Work& work, Message& m) -> Status {
        auto& c = static_cast<v1::Campaign&>(m);
        SW_RETURN_IF_ERROR(store::EnrolHouseholds(work.connection, IdOf(c), c.scope(), c.region_code()).status());
        SW_RETURN_IF_ERROR(Show(work.connection, by, c));
        AddEvent(work, c, "start");
        return Status::Ok();
    };
    return commands_.Move(CampaignKind(), "start", q, by, deadline, check, answer, enrol);
}

Status Campaigns::Close(const v1::MoveCampaignRequest& q, const type::v1::Principal& by, Deadline deadline, v1::Campaign& answer) const {
    const auto check = [&](record::Work& work, Message& m) -> Status {
        auto& c = static_cast<v1::Campaign&>(m);
        SW_RETURN_IF_ERROR(Show(work.connection, by, c));
        return CheckFinished(work, c, q.note());
    };
    const auto tell = [&](record::Work& work, Message& m) {
        AddEvent(work, static_cast<v1::Campaign&>(m), "close");
        return Status::Ok();
    };
    return commands_.Move(CampaignKind(), "close", q, by, deadline, check, answer, tell);
}

Status Campaigns::Get(const v1::GetCampaignRequest& q, const type::v1::Principal& by, Deadline deadline, v1::Campaign& answer) const {
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    SW_RETURN_IF_ERROR(record::Read(*lease, CampaignKind(), q.name(), "", answer));
    if (!Meets(by.region_prefix(), answer.region_code())) {
        answer.Clear();
        return MakeStatus(Code::kNotFound, "CAMPAIGN_NOT_FOUND", "there is no " + q.name());
    }
    SW_ASSIGN_OR_RETURN(const auto steps, record::Steps(*lease, q.name()));
    for (const type::v1::Step& step : steps) *answer.add_steps() = step;
    if (RegionContains(by.region_prefix(), answer.region_code())) commands_.Show(CampaignKind(), by, answer);
    return Show(*lease, by, answer);
}

Status Campaigns::List(const v1::ListCampaignsRequest& q, const type::v1::Principal& by, Deadline deadline, v1::ListCampaignsResponse& response) const {
    SW_ASSIGN_OR_RETURN(const int size, model::PageSize(q.page_size()));
    SW_ASSIGN_OR_RETURN(const std::string position, tokens_.Read(q));
    std::vector<std::int32_t> states(q.states().begin(), q.states().end());
    pg::Params params = pg::P(by.region_prefix() + "%", by.region_prefix(), position.empty() ? std::int64_t{0} : std::int64_t{std::stoll(position)});
    params.AddArray(std::span<const std::int32_t>(states)).Add(static_cast<std::int64_t>(size) + 1);
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    SW_ASSIGN_OR_RETURN(auto found, record::Select<v1::Campaign>(*lease, CampaignKind(),
                        "(region_code LIKE $1 OR $2 LIKE region_code || '%') AND ($3 = 0 OR campaign_id < $3) AND (cardinality($4::int[]) = 0 OR state = ANY($4)) "
                        "ORDER BY campaign_id DESC LIMIT $5", params));
    for (v1::Campaign& c : found) {
        if (response.campaigns_size() == size) {
            response.set_next_page_token(tokens_.Make(std::to_string(IdOf(*response.campaigns().rbegin())), q));
            break;
        }
        if (RegionContains(by.region_prefix(), c.region_code())) commands_.Show(CampaignKind(), by, c);
        SW_RETURN_IF_ERROR(Show(*lease, by, c));
        *response.add_campaigns() = std::move(c);
    }
    return Status::Ok();
}

Status Campaigns::ListProgress(const v1::ListCampaignProgressRequest& q, const std::string& region, Deadline deadline,
                               v1::ListCampaignProgressResponse& response) const {
    SW_ASSIGN_OR_RETURN(const record::Keys keys, CampaignKind().ParseName(q.name()));
    SW_ASSIGN_OR_RETURN(const int size, model::PageSize(q.page_size()));
    SW_ASSIGN_OR_RETURN(const std::string after, tokens_.Read(q));
    SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
    v1::Campaign campaign;
    SW_RETURN_IF_ERROR(record::Read(*lease, CampaignKind(), q.name(), "", campaign));
    if (!Meets(region, campaign.region_code())) return MakeStatus(Code::kNotFound, "CAMPAIGN_NOT_FOUND", "there is no " + q.name());
    SW_ASSIGN_OR_RETURN(auto villages, store::ProgressByVillage(*lease, keys[0], region, after, q.only_unfinished(), size + 1));
    for (v1::CampaignProgress& village : villages) {
        if (response.villages_size() == size) {
            response.set_next_page_token(tokens_.Make(response.villages().rbegin()->region_code(), q));
            break;
        }
        village.set_region_name(regions_.DisplayName(village.region_code()));
        *response.add_villages() = std::move(village);
    }
    return Status::Ok();
}

Status Campaigns::RunDue(Deadline deadline) const {
    std::vector<store::RunningCampaign> running;
    {
        SW_ASSIGN_OR_RETURN(auto lease, commands_.pool().Acquire(deadline));
        SW_ASSIGN_OR_RETURN(running, store::RunningCampaigns(*lease));
    }
    for (const store::RunningCampaign& c : running) {
        SW_RETURN_IF_ERROR(pg::RunInTransaction(commands_.pool(), deadline, [&](pg::Connection& connection) {
            return store::EnrolHouseholds(connection, c.campaign_id, c.scope, c.region_code).status();
        }));
    }
    return Status::Ok();
}

}  // namespace shouwang::monitoring::usecase
