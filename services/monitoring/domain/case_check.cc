#include "services/monitoring/domain/case_check.h"

#include <algorithm>
#include <set>

#include "common/model/mask.h"

namespace shouwang::monitoring::domain {
namespace {

using namespace v1;

Status BadReview(const std::string& field, const std::string& what) { return InvalidField("review." + field, what, "CASE_REVIEW"); }

bool AnyFinding(const Case& c) {
    return std::any_of(c.cross_check().findings().begin(), c.cross_check().findings().end(),
                       [](const Finding& f) { return f.answer() == CHECK_ANSWER_YES; });
}

}  // namespace

Status CheckRisks(const google::protobuf::RepeatedField<int>& risks) {
    const std::set<int> different(risks.begin(), risks.end());
    if (risks.empty() || risks.size() > kMostRisks || static_cast<int>(different.size()) != risks.size() ||
        different.contains(RISK_TYPE_UNSPECIFIED)) {
        return InvalidField("risks", "1 to 5 different risk types, the main one first", "CASE_RISKS");
    }
    return Status::Ok();
}

Status CheckReview(const Review& r, Date today) {
    const auto held_on = Date::Parse(r.held_on());
    if (!held_on || *held_on > today) return BadReview("held_on", "a day not after today");
    if (r.place().empty()) return BadReview("place", "where it was held");
    if (r.minutes().empty()) return BadReview("minutes", "reference of the signed minutes");
    std::set<std::string> names;
    std::set<int> parts;
    for (int i = 0; i < r.attendees_size(); ++i) {
        const Attendee& a = r.attendees(i);
        const std::string at = "attendees[" + std::to_string(i) + "].";
        if (a.name().empty() || !names.insert(a.name()).second) return BadReview(at + "name", "a name, once");
        if (a.part() == Attendee::PART_UNSPECIFIED) return BadReview(at + "part", "in which part the person attends");
        parts.insert(a.part());
    }
    if (!parts.contains(Attendee::PART_VILLAGER_REPRESENTATIVE)) return BadReview("attendees", "at least one villager representative");
    if (!parts.contains(Attendee::PART_TWO_COMMITTEES)) return BadReview("attendees", "at least one of the two committees");
    if (r.votes_for() < 0 || r.votes_against() < 0 || r.abstentions() < 0) return BadReview("votes_for", "no negative votes");
    const std::int64_t votes = std::int64_t{r.votes_for()} + r.votes_against() + r.abstentions();
    if (votes == 0 || votes > r.attendees_size())
        return BadReview("votes_for", "1 to " + std::to_string(r.attendees_size()) + " votes, one an attendee");
    if (r.carried() != (r.votes_for() > r.votes_against()))
        return BadReview("carried", "the result that the votes give: carried where more are for than against");
    return Status::Ok();
}

Status CheckPosted(const std::string& text, const std::string& field) {
    if (text.empty()) return InvalidField(field, "is required", "CASE_PUBLICITY");
    if (model::MaskNumbersIn(text) != text) return InvalidField(field, "no identity or phone number of a person", "CASE_PUBLICITY");
    return Status::Ok();
}

Status CheckAnswers(const Case& c, const google::protobuf::RepeatedPtrField<ObjectionAnswer>& answers) {
    std::set<int> open;
    for (const Objection& o : c.objections()) {
        if (!o.has_answered_at()) open.insert(o.number());
    }
    for (int i = 0; i < answers.size(); ++i) {
        const std::string at = "answers[" + std::to_string(i) + "].";
        if (open.erase(answers[i].number()) == 0) return InvalidField(at + "number", "an open objection, once", "CASE_OBJECTION");
        if (answers[i].answer().empty()) return InvalidField(at + "answer", "what the objector was told", "CASE_OBJECTION");
    }
    if (open.empty()) return Status::Ok();
    return InvalidField("answers", "objection " + std::to_string(*open.begin()) + " has no answer", "CASE_OBJECTION");
}

Status CheckEnd(const Case& c, CaseState to, CaseEnd end) {
    const bool of_rejection = end >= CASE_END_NO_RISK && end <= CASE_END_FRAUD,
               of_withdrawal = end >= CASE_END_FAMILY_WISH && end <= CASE_END_MISTAKE;
    if (end == CASE_END_UNSPECIFIED) return InvalidField("end", "the reason", "CASE_END");
    if (to == CASE_STATE_REJECTED && !of_rejection) return InvalidField("end", "a reason to reject: withdraw the case instead", "CASE_END");
    if (to == CASE_STATE_WITHDRAWN && !of_withdrawal) return InvalidField("end", "a reason to withdraw: reject the case instead", "CASE_END");
    if (end == CASE_END_CROSS_CHECK && !AnyFinding(c)) return InvalidField("end", "the cross-check has found nothing that excludes", "CASE_END");
    if (end == CASE_END_REVIEW && (!c.has_review() || c.review().carried()))
        return InvalidField("end", "no review has voted against the case", "CASE_END");
    if (end == CASE_END_OBJECTION && c.objections().empty()) return InvalidField("end", "nobody has objected", "CASE_END");
    return Status::Ok();
}

}  // namespace shouwang::monitoring::domain
