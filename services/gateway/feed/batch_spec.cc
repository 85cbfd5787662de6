#include "services/gateway/feed/batch_spec.h"

#include <algorithm>

#include "common/base/date.h"
#include "common/base/region_code.h"

namespace shouwang::gateway::feed {
namespace {

Status CheckRights(const type::v1::Principal& principal, const options::v1::Dataset& dataset) {
    const bool named = std::find(principal.datasets().begin(), principal.datasets().end(),
                                 dataset.id()) != principal.datasets().end();
    if (named && !principal.department().empty() && principal.department() == dataset.department())
        return Status::Ok();
    Status status = MakeStatus(Code::kPermissionDenied, "DATASET_NOT_YOURS",
                               "this client may not push " + dataset.id());
    status.metadata = {{"dataset", dataset.id()}, {"department", dataset.department()}};
    return status;
}

Result<std::string> CheckRegion(const model::RegionDirectory& regions,
                                const type::v1::Principal& principal, const std::string& wanted) {
    if (wanted.empty()) return principal.region_prefix();
    const std::string region = TrimRegion(wanted);
    if (!regions.Knows(region))
        return InvalidField("region_prefix", "a division code in force", "REGION_UNKNOWN");
    if (RegionContains(principal.region_prefix(), region)) return region;
    return MakeStatus(Code::kPermissionDenied, "REGION_NOT_YOURS",
                      "this client may not speak for division " + region);
}

}  // namespace

bool IsPeriod(std::string_view text) {
    if (text.size() == 7) return Month::Parse(text).has_value();
    return text.size() == 4 && Month::Parse(std::string(text) + "-01").has_value();
}

bool IsBatchId(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
}

Result<BatchSpec> CheckOpen(const model::Catalogue& catalogue,
                            const model::RegionDirectory& regions,
                            const type::v1::Principal& principal, const v1::OpenPush& open) {
    BatchSpec spec;
    spec.dataset = catalogue.Find(open.dataset());
    if (spec.dataset == nullptr) {
        // The name is the caller's text: only its first characters go back.
        return MakeStatus(Code::kNotFound, "DATASET_UNKNOWN",
                          "no dataset is called " + open.dataset().substr(0, 64));
    }
    SW_RETURN_IF_ERROR(CheckRights(principal, spec.dataset->options));
    if (!IsBatchId(open.batch()))
        return InvalidField("batch", "1 to 64 of A-Z a-z 0-9 . _ -", "BATCH_ID");
    if (!open.period().empty() && !IsPeriod(open.period()))
        return InvalidField("period", "YYYY-MM or YYYY", "PERIOD");
    // "All of the dataset" says nothing without the time it is all of.
    if (open.complete() && open.period().empty())
        return InvalidField("period", "a complete batch names its period", "PERIOD");
    if (open.has_declared_rows() && open.declared_rows() < 0)
        return InvalidField("declared_rows", "0 or more", "DECLARED_ROWS");
    SW_ASSIGN_OR_RETURN(spec.region, CheckRegion(regions, principal, open.region_prefix()));
    spec.name = "batches/" + spec.dataset->options.department() + "/" + open.batch();
    spec.period = open.period();
    spec.complete = open.complete();
    if (open.has_declared_rows()) spec.declared_rows = open.declared_rows();
    return spec;
}

Status CheckMayRead(const type::v1::Principal& principal, std::string_view batch_name) {
    for (const int role : principal.roles()) {
        const bool everything = role == options::v1::ROLE_PROVINCE_OPERATOR ||
                                role == options::v1::ROLE_AUDITOR ||
                                role == options::v1::ROLE_SYSTEM_ADMIN;
        const bool own = role == options::v1::ROLE_DEPARTMENT && !principal.department().empty() &&
                         batch_name.starts_with("batches/" + principal.department() + "/");
        if (everything || own) return Status::Ok();
    }
    return MakeStatus(Code::kNotFound, "BATCH_NOT_FOUND", "no such batch");
}

}  // namespace shouwang::gateway::feed
