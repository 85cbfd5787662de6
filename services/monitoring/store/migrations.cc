#include "services/monitoring/store/migrations.h"

#include <string_view>

#include "common/outbox/outbox.h"

namespace shouwang::monitoring::store {

extern const std::string_view kRegionSql;
extern const std::string_view kRegistrySql;
extern const std::string_view kFeedSql;
extern const std::string_view kLeadSql;

std::vector<pg::Migration> Migrations() {
    const auto common = outbox::Migrations();
    std::vector<pg::Migration> all(common.begin(), common.end());
    all.push_back({10, "region", kRegionSql});
    all.push_back({11, "registry", kRegistrySql});
    all.push_back({12, "feed", kFeedSql});
    all.push_back({13, "lead", kLeadSql});
    return all;
}

}  // namespace shouwang::monitoring::store
