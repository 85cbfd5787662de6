#include "services/monitoring/domain/lead_machine.h"

#include <algorithm>
#include <set>

#include "common/base/bytes.h"
#include "common/crypto/crypto.h"

namespace shouwang::monitoring::domain {
namespace {

using v1::LEAD_STATE_ACCEPTED;
using v1::LEAD_STATE_CLOSED;
using v1::LEAD_STATE_DISPATCHED;
using v1::LEAD_STATE_GRADED;
using v1::LEAD_STATE_VISITED;

constexpr flow::Actors kReporters{options::v1::ROLE_VILLAGE_OPERATOR, options::v1::ROLE_TOWNSHIP_OPERATOR, options::v1::ROLE_COUNTY_OPERATOR,
                                  options::v1::ROLE_SERVICE};
constexpr flow::Actors kTownshipOrCounty{options::v1::ROLE_TOWNSHIP_OPERATOR, options::v1::ROLE_COUNTY_OPERATOR};

constexpr std::string_view kDispatch = "lead.dispatch_hours", kAccept = "lead.accept_hours", kClose = "lead.close_hours";
constexpr std::string_view kVisitRed = "lead.visit_red_hours", kVisitYellow = "lead.visit_yellow_hours", kVisitGreen = "lead.visit_green_hours";

std::string_view VisitLimit(const google::protobuf::Message& lead) {
    switch (static_cast<const v1::Lead&>(lead).grade()) {
        case v1::GRADE_RED:
            return kVisitRed;
        case v1::GRADE_YELLOW:
            return kVisitYellow;
        default:
            return kVisitGreen;
    }
}

// Letters and digits of any script, for comparing what people write: ASCII punctuation and blanks go, capitals and full-width forms fold.
void AppendFolded(std::string_view character, std::string& out) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    if (character.size() == 1) {
        const unsigned char c = byte(0);
        if (c >= 'A' && c <= 'Z') out += static_cast<char>(c + 32);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += static_cast<char>(c);
        return;
    }
    const bool three = character.size() == 3;
    const unsigned code = three ? (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu) : 0;
    if (three && code >= 0xFF01 && code <= 0xFF5E) {  // full-width ASCII
        const char narrow = static_cast<char>(code - 0xFEE0);
        return AppendFolded({&narrow, 1}, out);
    }
    if (three && code >= 0x2000 && code <= 0x303F) return;  // general and ideographic punctuation and blanks
    out += character;
}

}  // namespace

std::string_view Trimmed(std::string_view text) {
    constexpr std::string_view kWide = "\xE3\x80\x80";
    for (bool cut = true; cut && !text.empty();) {
        cut = false;
        if (std::string_view(" \t\r\n").find(text.front()) != std::string_view::npos) {
            text.remove_prefix(1);
            cut = true;
        } else if (text.substr(0, 3) == kWide) {
            text.remove_prefix(3);
            cut = true;
        }
    }
    for (bool cut = true; cut && !text.empty();) {
        cut = false;
        if (std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos) {
            text.remove_suffix(1);
            cut = true;
        } else if (text.size() >= 3 && text.substr(text.size() - 3) == kWide) {
            text.remove_suffix(3);
            cut = true;
        }
    }
    return text;
}

const flow::StateTable& LeadStates() {
    // Ending what is no longer true is the system's, and only until somebody has been in the house.
    static const flow::StateTable table("LEAD", v1::LeadState_descriptor(),
                                        {{0, "open", flow::kSystem, LEAD_STATE_GRADED},
                                         {0, "report", kReporters, LEAD_STATE_GRADED},
                                         {0, "repeat", kReporters, LEAD_STATE_CLOSED},
                                         {LEAD_STATE_GRADED, "dispatch", flow::kCounty, LEAD_STATE_DISPATCHED},
                                         {LEAD_STATE_DISPATCHED, "dispatch", kTownshipOrCounty, LEAD_STATE_DISPATCHED},
                                         {LEAD_STATE_DISPATCHED, "accept", flow::kVillage, LEAD_STATE_ACCEPTED},
                                         {LEAD_STATE_ACCEPTED, "visit", flow::kVillage, LEAD_STATE_VISITED},
                                         {LEAD_STATE_VISITED, "close", flow::kVillageOrTownship, LEAD_STATE_CLOSED},
                                         {LEAD_STATE_GRADED, "end", flow::kSystem, LEAD_STATE_CLOSED},
                                         {LEAD_STATE_DISPATCHED, "end", flow::kSystem, LEAD_STATE_CLOSED},
                                         {LEAD_STATE_ACCEPTED, "end", flow::kSystem, LEAD_STATE_CLOSED}},
                                        {{LEAD_STATE_GRADED, kDispatch},
                                         {LEAD_STATE_DISPATCHED, kAccept},
                                         {LEAD_STATE_ACCEPTED, {}, VisitLimit},
                                         {LEAD_STATE_VISITED, kClose}},
                                        {LEAD_STATE_CLOSED});
    return table;
}

std::vector<std::string> LeadLimits() {
    std::vector<std::string> names;
    for (const std::string_view name : {kDispatch, kAccept, kVisitRed, kVisitYellow, kVisitGreen, kClose, kDeclaredVisitLimit}) names.emplace_back(name);
    return names;
}

std::string_view LeadLimitOf(v1::LeadState state, v1::Grade grade) {
    v1::Lead lead;
    lead.set_grade(grade);
    return LeadStates().LimitOf(lead, state);
}

std::optional<TimePoint> LeadDue(v1::LeadState state, std::optional<TimePoint> limit, std::optional<TimePoint> visit_by) {
    const bool visited = state == LEAD_STATE_VISITED || state == LEAD_STATE_CLOSED;
    if (visited || !visit_by) return limit;
    return limit ? std::min(*limit, *visit_by) : *visit_by;
}

Status CheckVisitors(std::span<const std::string> names, const std::string& field) {
    std::set<std::string_view> visitors;
    for (const std::string& name : names) {
        if (const std::string_view trimmed = Trimmed(name); !trimmed.empty()) visitors.insert(trimmed);
    }
    return visitors.size() < 2 ? InvalidField(field, "two different people visit", "VISIT_TWO_VISITORS") : Status::Ok();
}

Status CheckLooks(const v1::Visit& visit, const std::string& path) {
    const std::pair<const char*, const std::string*> looks[] = {{"base_facts", &visit.base_facts()},
                                                                {"income", &visit.income()},
                                                                {"rigid_spending", &visit.rigid_spending()},
                                                                {"four_guarantees", &visit.four_guarantees()},
                                                                {"policies", &visit.policies()}};
    Status status;
    for (const auto& [field, text] : looks) {
        if (!Trimmed(*text).empty()) continue;
        if (status.ok()) status = MakeStatus(Code::kInvalidArgument, "VISIT_LOOKS", "all five looks are answered");
        status.violations.push_back({path + field, "not empty"});
    }
    return status;
}

Status CheckVisit(const v1::Visit& visit) {
    const std::vector<std::string> names(visit.visitors().begin(), visit.visitors().end());
    SW_RETURN_IF_ERROR(CheckVisitors(names, "visit.visitors"));
    return CheckLooks(visit, "visit.");
}

Status CheckClose(const v1::Visit& visit, v1::LeadEnd end) {
    const bool found = visit.risk_found();
    const bool right = (end == v1::LEAD_END_CONFIRMED && found) ||
                       (end == v1::LEAD_END_SOLVED && found) ||
                       (end == v1::LEAD_END_NOT_CONFIRMED && !found);
    if (right) return Status::Ok();
    return InvalidField("end",
                        found ? "the visit found a risk: CONFIRMED or SOLVED"
                              : "the visit found no risk: NOT_CONFIRMED",
                        "CLOSE_END");
}

std::string ExplanationsHash(const LeadDraft& draft) {
    // Every part ends in a byte that no value holds, so that two different lists never read the
    // same.
    std::string evidence, all;
    const auto add = [](std::string& to, std::string_view part) {
        to += part;
        to += '\0';
    };
    add(all, std::to_string(draft.grade));
    for (const v1::Explanation& e : draft.explanations) {
        add(evidence, e.rule());
        add(evidence, std::to_string(e.rule_version()));
        for (const v1::Operand& o : e.operands()) {
            add(evidence, o.fact());
            add(evidence, o.person());
            add(evidence, o.value());
        }
        add(all, e.SerializeAsString());  // no maps inside: one message, one text
    }
    const auto digest = [](std::string_view text) {
        return HexEncode(crypto::Sha256(text).substr(0, 16));
    };
    return digest(evidence) + "." + digest(all);
}

std::string ReportEvidence(std::string_view difficulty) {
    std::string folded;
    for (std::size_t i = 0; i < difficulty.size();) {
        const auto lead = static_cast<unsigned char>(difficulty[i]);
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
        AppendFolded(difficulty.substr(i, length), folded);
        i += length;
    }
    return crypto::Sha256(folded).substr(0, 16);
}

LeadChanges MergeLeads(std::span<const OpenLead> open, std::span<const OpenLead> recent,
                       std::vector<LeadDraft> drafts) {
    const auto evidence = [](std::string_view hash) { return hash.substr(0, hash.find('.')); };
    LeadChanges changes;
    for (const OpenLead& lead : open) {
        const auto draft = std::find_if(drafts.begin(), drafts.end(), [&](const LeadDraft& d) {
            return d.risk_type == lead.risk_type;
        });
        if (draft != drafts.end()) {
            draft->grade = std::max(draft->grade, lead.reported_grade);
            if (ExplanationsHash(*draft) != lead.explanations_hash || draft->grade != lead.grade)
                changes.update.emplace_back(lead.id, *draft);
        } else if (lead.state != LEAD_STATE_VISITED && lead.state != LEAD_STATE_CLOSED &&
                   lead.reported_grade == v1::GRADE_UNSPECIFIED && !lead.explanations_hash.empty()) {
            changes.end.push_back(lead.id);
        }
    }
    for (LeadDraft& draft : drafts) {
        const auto same_risk = [&](const OpenLead& lead) {
            return lead.risk_type == draft.risk_type;
        };
        if (std::any_of(open.begin(), open.end(), same_risk)) continue;
        const std::string hash = ExplanationsHash(draft);
        const bool answered = std::any_of(recent.begin(), recent.end(), [&](const OpenLead& lead) {
            return same_risk(lead) && evidence(lead.explanations_hash) == evidence(hash);
        });
        if (!answered) changes.open.push_back(std::move(draft));
    }
    return changes;
}

}  // namespace shouwang::monitoring::domain
