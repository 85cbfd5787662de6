#include "services/monitoring/store/migrations.h"

#include <string_view>

#include "common/outbox/outbox.h"
#include "common/record/store.h"

namespace shouwang::monitoring::store {

extern const std::string_view kRegionSql;
extern const std::string_view kRegistrySql;
extern const std::string_view kFeedSql;
extern const std::string_view kLeadSql;
extern const std::string_view kDiscoverySql;
extern const std::string_view kCaseSql;
extern const std::string_view kStudioSql;

std::vector<pg::Migration> Migrations() {
    std::vector<pg::Migration> all;
    for (const auto common : {outbox::Migrations(), record::Migrations()}) all.insert(all.end(), common.begin(), common.end());
    all.push_back({10, "region", kRegionSql});
    all.push_back({11, "registry", kRegistrySql});
    all.push_back({12, "feed", kFeedSql});
    all.push_back({13, "lead", kLeadSql});
    all.push_back({14, "discovery", kDiscoverySql});
    all.push_back({15, "case", kCaseSql});
    all.push_back({19, "studio", kStudioSql});
    return all;
}

}  // namespace shouwang::monitoring::store
