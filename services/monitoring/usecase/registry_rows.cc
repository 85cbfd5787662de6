#include "services/monitoring/usecase/registry_rows.h"

#include "common/base/identity_number.h"
#include "common/model/seal.h"
#include "shouwang/monitoring/feed/v1/registry.pb.h"

namespace shouwang::monitoring::usecase {

Result<store::RegistryRow> ReadRegistryRow(const event::v1::FeedRow& row, const crypto::Sealer& sealer) {
    SW_ASSIGN_OR_RETURN(const std::string number, sealer.Open(row.sealed_identity(), model::kSealIdentity));
    SW_ASSIGN_OR_RETURN(const IdentityNumber identity, IdentityNumber::Parse(number));
    feed::v1::RegistryMember member;
    if (!member.ParseFromString(row.content())) return MakeStatus(Code::kDataLoss, "CONTENT_MALFORMED", "the row's content does not parse");
    store::RegistryRow r;
    r.blind = row.subject();
    r.household_no = member.household_no();
    r.region_code = member.region_code();
    r.name = member.name();
    r.sealed_identity = row.sealed_identity();
    r.sealed_phone = row.sealed_fields();
    r.lifted = member.household_type() == feed::v1::RegistryMember::HOUSEHOLD_TYPE_LIFTED;
    r.relocated = member.relocated();
    r.left = member.left();
    r.retract = row.retract();
    r.relation = member.relation();
    r.labour = member.labour();
    if (member.has_main_earner()) r.main_earner = member.main_earner();
    r.birth = identity.birth;
    r.as_of = Date{row.date()};
    r.revision = row.revision();
    r.content_hash = static_cast<std::int64_t>(row.content_hash());
    return r;
}

}  // namespace shouwang::monitoring::usecase
