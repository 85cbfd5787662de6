#include "tests/province/rows_region.h"

#include "shouwang/monitoring/feed/v1/home.pb.h"
#include "tests/province/life.h"
#include "tests/province/rates.h"

namespace shouwang::province {

namespace feed = monitoring::feed::v1;

namespace {

void TellWater(const Village& village, const Calendar& calendar, Random& random, Mailroom& mail) {
    // A fault is bad quality or no water; it lasts until it is repaired.
    bool fault = false, quality = true;
    int days = 0;
    for (int month = calendar.first() - 1; month <= calendar.last(); ++month) {
        if (fault && random.Chance(rates::kWaterRepairMonth))
            fault = false, days = 0;
        else if (!fault && random.Chance(rates::kWaterFaultMonth))
            fault = true, quality = random.Chance(0.5);
        if (fault && quality) days += random.Between(3, 20);
        feed::WaterSupply row;
        row.set_region_code(village.code);
        row.set_source_id("SY" + village.code + "01");
        row.set_as_of(calendar.at(month).last_day().ToString());
        row.set_quality_ok(!fault || quality);
        row.set_quantity_ok(!fault || !quality);
        row.set_cut_off_days(fault ? days : 0);
        mail.Send(row, month);
    }
}

void TellHazard(const Village& village, const Calendar& calendar, Random& random, Mailroom& mail) {
    if (!random.Chance(rates::kHazardVillages)) return;
    const int households = random.Between(1, 30),
              removed = random.Between(calendar.first(), calendar.last() * 3);
    for (int month = calendar.first() - 1; month <= calendar.last() && month <= removed; ++month) {
        feed::GeologicalHazard row;
        row.set_region_code(village.code);
        row.set_hazard_id("DZ" + village.code);
        row.set_as_of(calendar.at(month).last_day().ToString());
        row.set_active(month < removed);
        row.set_threatened_households(month < removed ? households : 0);
        mail.Send(row, month);
    }
}

void TellWeather(const County& county, int position, const Options& options,
                 const Calendar& calendar, Random& random, Mailroom& mail) {
    using W = feed::WeatherWarning;
    for (int month = calendar.first(); month <= calendar.last(); ++month) {
        const int kind = DisasterIn(options, position, calendar.at(month));
        const int warnings = kind == 0 ? (random.Chance(0.4) ? 1 : 0) : random.Between(1, 3);
        for (int i = 0; i < warnings; ++i) {
            W row;
            row.set_region_code(county.code);
            row.set_warning_id("QX" + county.code + calendar.at(month).ToString() + "-" +
                               std::to_string(i + 1));
            row.set_issued_on((calendar.at(month).first_day() + random.Between(0, 27)).ToString());
            row.set_kind(kind == 2   ? W::KIND_DROUGHT
                         : kind == 7 ? W::KIND_COLD
                                     : W::KIND_RAINSTORM);
            row.set_colour(
                static_cast<W::Colour>(kind == 0 ? random.Between(1, 2) : random.Between(2, 4)));
            mail.Send(row, month);
        }
    }
}

}  // namespace

void TellRegions(const Reference& reference, const Plan& plan, const Options& options, int county,
                 Mailroom& mail) {
    const auto c = static_cast<std::size_t>(county);
    const Calendar calendar = MakeCalendar(options);
    mail.Start((1ull << 40) + c, county, 0);
    for (const std::uint16_t village : plan.villages_used[c]) {
        Random random(options.seed, 0x7A7E, c, village);
        TellWater(reference.counties[c].villages[village], calendar, random, mail);
        TellHazard(reference.counties[c].villages[village], calendar, random, mail);
    }
    Random random(options.seed, 0x7A7F, c);
    TellWeather(reference.counties[c], county, options, calendar, random, mail);
}

}  // namespace shouwang::province
