#include "common/model/constraints.h"

#include <functional>

#include <gtest/gtest.h>

#include "shouwang/gateway/v1/gateway.pb.h"
#include "shouwang/monitoring/feed/v1/health.pb.h"
#include "shouwang/monitoring/v1/lead.pb.h"

namespace shouwang::model {
namespace {

std::string Fields(const Status& status) {
    std::string out;
    for (const auto& v : status.violations) out += (out.empty() ? "" : " ") + v.field;
    return out;
}

TEST(CheckRequest, Table) {
    using monitoring::v1::DispatchLeadRequest;
    const struct {
        const char* name;
        std::function<void(DispatchLeadRequest&)> change;
        const char* fields;
    } cases[] = {
        {"good", [](auto&) {}, ""},
        {"no name", [](auto& r) { r.clear_name(); }, "name"},
        {"blank name", [](auto& r) { r.set_name("  "); }, "name"},
        {"pattern is for the whole value", [](auto& r) { r.set_name("xhouseholds/1/leads/2"); },
         "name"},
        {"pattern with a tail", [](auto& r) { r.set_name("households/1/leads/2\n"); }, "name"},
        {"too long",
         [](auto& r) { r.set_name("households/" + std::string(300, '1') + "/leads/2"); }, "name"},
        {"alternatives in a pattern", [](auto& r) { r.set_to_region("3606811011"); }, "to_region"},
        {"two",
         [](auto& r) {
             r.clear_name();
             r.set_to_region("x");
         },
         "name to_region"},
        {"NUL in a field without constraint", [](auto& r) { r.set_etag(std::string("a\0b", 3)); },
         "etag"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        DispatchLeadRequest request;
        request.set_name("households/1/leads/2");
        request.set_to_region("360681101");
        c.change(request);
        const Status status = CheckRequest(request);
        EXPECT_EQ(Fields(status), c.fields);
        EXPECT_EQ(status.code, *c.fields == '\0' ? Code::kOk : Code::kInvalidArgument);
        EXPECT_EQ(status.reason, status.ok() ? "" : "INVALID_FIELD");
    }
}

TEST(CheckRequest, EnumsAndNestedMessages) {
    monitoring::v1::ListLeadsRequest list;
    list.add_grades(monitoring::v1::GRADE_RED);
    EXPECT_TRUE(CheckRequest(list).ok());
    list.add_grades(static_cast<monitoring::v1::Grade>(77));
    list.add_states(monitoring::v1::LEAD_STATE_UNSPECIFIED);
    EXPECT_EQ(Fields(CheckRequest(list)), "grades[1] states[0]");

    gateway::v1::CreateAccountRequest account;
    account.set_id("zhang");
    account.set_display_name("张三");
    account.set_password("secret");
    account.add_roles(static_cast<options::v1::Role>(99));
    EXPECT_EQ(Fields(CheckRequest(account)), "roles[0]");

    monitoring::v1::VisitLeadRequest visit;
    visit.set_name("households/1/leads/2");
    visit.mutable_visit()->add_visitors("王\x01五");
    EXPECT_EQ(Fields(CheckRequest(visit)), "visit.visitors[0]");
}

TEST(CheckRequest, SaysWhatWouldBeRightAndNeverWhatCame) {
    monitoring::feed::v1::MedicalSettlement row;  // any message with constraints will do
    row.set_identity_no("360681198001011239999");
    row.set_total_fen(-1);
    const Status status = CheckRequest(row);
    EXPECT_EQ(Fields(status), "identity_no visit_id settled_on kind total_fen self_paid_fen");
    EXPECT_EQ(status.message.find("36068119"), std::string::npos);
    for (const auto& v : status.violations)
        EXPECT_EQ(v.description.find("36068119"), std::string::npos);
}

}  // namespace
}  // namespace shouwang::model
