#include "services/monitoring/usecase/read_overview.h"

#include "common/base/region_code.h"
#include "services/monitoring/store/overview_store.h"

namespace shouwang::monitoring::usecase {
namespace {

constexpr int kDigits[] = {0, 2, 4, 6, 9, 12};  // by level

// Adds every number of `part` to `total`: the figures are all counts and sums.
void Add(const v1::Figures& part, v1::Figures& total) {
    const auto* reflection = total.GetReflection();
    for (int i = 0; i < total.GetDescriptor()->field_count(); ++i) {
        const auto* field = total.GetDescriptor()->field(i);
        if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_INT64) continue;
        reflection->SetInt64(&total, field, reflection->GetInt64(total, field) + reflection->GetInt64(part, field));
    }
}

}  // namespace

Result<v1::Overview> OverviewReader::Get(const std::string& region, int part_level, Deadline deadline) const {
    const int level = RegionLevel(region);
    if (part_level == 0) part_level = std::min(level + 1, 5);
    if (part_level < 1 || part_level > 5 || part_level < level) return InvalidField("part_level", "0, or a level below the region, at most 5");
    const std::string key = "overview:" + region + ":" + std::to_string(part_level);
    if (const auto cached = cache_.Get(key)) {
        v1::Overview overview;
        if (overview.ParseFromString(*cached)) return overview;
    }
    SW_ASSIGN_OR_RETURN(v1::Overview overview, Compute(region, part_level, deadline));
    cache_.Set(key, overview.SerializeAsString(), std::chrono::seconds(5));
    return overview;
}

Result<v1::Overview> OverviewReader::Compute(const std::string& region, int part_level, Deadline deadline) const {
    const TimePoint now = clock_.Now();
    SW_ASSIGN_OR_RETURN(auto lease, pool_.Acquire(deadline));
    SW_ASSIGN_OR_RETURN(auto figures, store::FiguresByRegion(*lease, region, kDigits[part_level], clock_.Today(), now));
    SW_ASSIGN_OR_RETURN(const store::Sources sources, store::CountSources(*lease));
    v1::Overview overview;
    for (v1::Figures& f : figures) {
        f.set_region_name(regions_.DisplayName(f.region_code()));
        Add(f, *overview.mutable_total());
        *overview.add_parts() = std::move(f);
    }
    overview.mutable_total()->set_region_code(region);
    overview.mutable_total()->set_region_name(regions_.DisplayName(region));
    overview.mutable_as_of()->set_seconds(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    overview.set_business_date(clock_.Today().ToString());
    overview.set_departments(sources.departments);
    overview.set_datasets(sources.datasets);
    return overview;
}

}  // namespace shouwang::monitoring::usecase
