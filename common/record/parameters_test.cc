#include "common/record/parameters.h"

#include "common/record/testing/errand_world.h"

namespace shouwang::record {
namespace {

class ParametersTest : public ErrandWorld {
protected:
    pg::Connection& c() { return *lease_; }
    void Set(const std::string& region, const std::string& from, std::optional<std::int64_t> value) {
        type::v1::SetParameterRequest q;
        q.set_name("errand.posted_days");
        q.set_region_prefix(region);
        q.set_valid_from(from);
        if (value) q.set_value(*value);
        q.set_source("赣乡振发〔2021〕1号");
        const auto set = parameters_.Set(c(), q, "accounts/1", clock_.Now());
        ASSERT_TRUE(set.ok()) << set.status().message;
    }
    std::optional<std::int64_t> At(const std::string& region, const std::string& day) {
        return *parameters_.Value(c(), "errand.posted_days", region, *Date::Parse(day));
    }
    pg::Pool::Lease lease_ = *pool_.Acquire(DeadlineIn(10s));
};

TEST_F(ParametersTest, LongestRegionThenLatestDayThenLastWord) {
    Set("36", "2021-06-01", 7);
    Set("3606", "2021-01-01", 9);
    Set("36", "2021-07-01", 8);
    EXPECT_EQ(At("140000", "2021-08-01"), 5);        // shipped
    EXPECT_EQ(At("360781", "2021-05-31"), 5);
    EXPECT_EQ(At("360781", "2021-06-01"), 7);
    EXPECT_EQ(At("360781", "2021-07-01"), 8);
    EXPECT_EQ(At("360681103204", "2021-07-01"), 9);  // the nearer region, though its day is older
    Set("36", "2021-07-01", 10);
    EXPECT_EQ(At("360781", "2021-07-01"), 10);
    Set("36", "2021-09-01", std::nullopt);
    EXPECT_EQ(At("360781", "2021-09-01"), std::nullopt);  // unknown, not what a wider region says
    const auto need = parameters_.Need(c(), "errand.posted_days", "360781", *Date::Parse("2021-09-01"));
    EXPECT_EQ(need.status().reason, "PARAMETER_UNKNOWN");
}

TEST_F(ParametersTest, ARegionMayCountInAnotherCalendar) {
    type::v1::SetParameterRequest q;
    q.set_name("errand.posted_days");
    q.set_region_prefix("36");
    q.set_valid_from("2021-06-01");
    q.set_value(20);
    q.set_unit(options::v1::UNIT_WORKING_DAYS);
    q.set_source("s");
    EXPECT_EQ(parameters_.Set(c(), q, "accounts/1", clock_.Now()).status().reason, "PARAMETER_UNIT");  // the definition knows natural days only
    type::v1::ParameterDefinitions definitions = parameters_.definitions();
    for (auto& d : *definitions.mutable_parameters()) d.add_also_units(options::v1::UNIT_WORKING_DAYS);
    const auto parameters = Parameters::Make(definitions);
    ASSERT_TRUE(parameters.ok());
    const auto set = parameters->Set(c(), q, "accounts/1", clock_.Now());
    ASSERT_TRUE(set.ok()) << set.status().message;
    EXPECT_EQ(set->unit(), options::v1::UNIT_WORKING_DAYS);
    const auto limit = parameters->NeedLimit(c(), "errand.posted_days", "360781", *Date::Parse("2021-07-01"));
    ASSERT_TRUE(limit.ok());
    EXPECT_EQ(limit->amount, 20);
    EXPECT_EQ(limit->unit, options::v1::UNIT_WORKING_DAYS);
    EXPECT_EQ(parameters->NeedLimit(c(), "errand.posted_days", "140000", *Date::Parse("2021-07-01"))->unit, options::v1::UNIT_DAYS);
}

TEST_F(ParametersTest, ShippedDaysYieldToAnotherNotice) {
    type::v1::SetCalendarDaysRequest shipped;
    for (const char* text : {"2021-10-08", "2021-10-09"}) {
        auto& day = *shipped.add_days();
        day.set_day(text);
        day.set_source("国办发明电〔2020〕27号");
    }
    ASSERT_TRUE(ShipCalendarDays(c(), shipped).ok());
    type::v1::SetCalendarDaysRequest own;
    *own.add_days() = shipped.days(0);
    own.mutable_days(0)->set_working(true);
    own.mutable_days(0)->set_source("赣府厅字〔2021〕1号");
    ASSERT_TRUE(SetCalendarDays(c(), own).ok());
    shipped.mutable_days(1)->set_working(true);  // a release that mends its own mistake
    ASSERT_TRUE(ShipCalendarDays(c(), shipped).ok());
    type::v1::ListCalendarDaysRequest q;
    q.set_year(2021);
    type::v1::ListCalendarDaysResponse response;
    ASSERT_TRUE(ListCalendarDays(c(), q, response).ok());
    ASSERT_EQ(response.days_size(), 2);
    EXPECT_TRUE(response.days(0).working());
    EXPECT_EQ(response.days(0).source(), "赣府厅字〔2021〕1号");
    EXPECT_TRUE(response.days(1).working());
    shipped.mutable_days(0)->set_day("2021-02-30");
    EXPECT_EQ(ShipCalendarDays(c(), shipped).reason, "PARAMETER_INVALID");
}

TEST_F(ParametersTest, BadValuesNameTheField) {
    const auto refused = [&](const std::string& name, const std::string& region, const std::string& from, std::int64_t value, const std::string& source) {
        type::v1::SetParameterRequest q;
        q.set_name(name);
        q.set_region_prefix(region);
        q.set_valid_from(from);
        q.set_value(value);
        q.set_source(source);
        const auto set = parameters_.Set(c(), q, "accounts/1", clock_.Now());
        return set.ok() ? std::string("accepted") : set.status().violations.at(0).field;
    };
    EXPECT_EQ(refused("errand.posted", "", "2021-01-01", 5, "s"), "name");
    EXPECT_EQ(refused("errand.posted_days", "361", "2021-01-01", 5, "s"), "region_prefix");
    EXPECT_EQ(refused("errand.posted_days", "", "2021-02-30", 5, "s"), "valid_from");
    EXPECT_EQ(refused("errand.posted_days", "", "2021-01-01", 4, "s"), "value");  // below the law's minimum
    EXPECT_EQ(refused("errand.posted_days", "", "2021-01-01", 5, ""), "source");
    EXPECT_EQ(refused("errand.posted_days", "", "2021-01-01", 5, "s"), "accepted");
}

TEST_F(ParametersTest, ShippingAgainKeepsWhatPeopleSet) {
    Ship();
    type::v1::ListParametersResponse all;
    type::v1::ListParametersRequest q;
    q.set_with_history(true);
    ASSERT_TRUE(parameters_.List(c(), q, all).ok());
    EXPECT_EQ(all.values_size(), 3);
    Set("", "2000-01-01", 6);
    Ship();
    EXPECT_EQ(At("360781", "2021-01-01"), 6);
    all.Clear();
    q.set_name("errand.posted_days");
    ASSERT_TRUE(parameters_.List(c(), q, all).ok());
    EXPECT_EQ(all.values_size(), 2);
    q.set_with_history(false);
    all.Clear();
    ASSERT_TRUE(parameters_.List(c(), q, all).ok());
    ASSERT_EQ(all.values_size(), 1);
    EXPECT_EQ(all.values(0).set_by(), "accounts/1");
    q.set_name("x");
    EXPECT_EQ(parameters_.List(c(), q, all).violations.at(0).field, "name");
}

TEST_F(ParametersTest, CalendarOfTheNearerRegionCounts) {
    type::v1::SetCalendarDaysRequest q;
    const auto day = [&](const std::string& region, const std::string& date, bool working) {
        type::v1::CalendarDay* d = q.add_days();
        d->set_region_prefix(region);
        d->set_day(date);
        d->set_working(working);
        d->set_source("国办发明电〔2020〕27号");
    };
    day("", "2021-10-01", false);
    day("", "2021-10-09", true);
    day("51", "2021-10-09", false);
    ASSERT_TRUE(SetCalendarDays(c(), q).ok());
    const Date from = *Date::Parse("2021-09-30");
    EXPECT_FALSE(LoadCalendar(c(), "360681", from)->Works(*Date::Parse("2021-10-01")));
    EXPECT_TRUE(LoadCalendar(c(), "360681", from)->Works(*Date::Parse("2021-10-09")));
    EXPECT_FALSE(LoadCalendar(c(), "5107", from)->Works(*Date::Parse("2021-10-09")));
    q.mutable_days(1)->set_day("2021-13-01");
    EXPECT_EQ(SetCalendarDays(c(), q).violations.at(0).field, "days[1].day");
}

}  // namespace
}  // namespace shouwang::record
