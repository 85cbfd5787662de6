// Housing, disasters, land, agriculture, banks and insurers, market; public security and justice.
#include <algorithm>

#include "common/base/bytes.h"
#include "shouwang/monitoring/feed/v1/economy.pb.h"
#include "shouwang/monitoring/feed/v1/home.pb.h"
#include "shouwang/monitoring/feed/v1/order.pb.h"
#include "tests/province/identity.h"
#include "tests/province/life.h"
#include "tests/province/rates.h"

namespace shouwang::province {

namespace feed = monitoring::feed::v1;

void Life::TellHome() {
    const int before = calendar_.first() - 1;
    feed::HouseGrade row;
    row.set_identity_no(ContactId());
    row.set_house_id("FW" + household_->number);
    row.set_only_home(household_->only_home);
    auto tell = [&](int month, Date checked, int grade, feed::HouseGrade::Repair repair,
                    Event* event) {
        if (month > calendar_.last() || (month >= calendar_.first() && !ContactThere(month)))
            return;
        row.set_checked_on(checked.ToString());
        row.set_grade(static_cast<feed::HouseGrade::Grade>(grade));
        row.set_repair(repair);
        Tell(row, month, event);
    };
    const int grade = house_.renovated != kNever ? 3 : household_->house_grade;
    tell(before, calendar_.at(before).first_day() - random_.Between(10, 300), grade,
         grade >= 3 ? feed::HouseGrade::REPAIR_NONE : feed::HouseGrade::REPAIR_UNSPECIFIED,
         nullptr);
    if (house_.renovated != kNever) {
        tell(house_.renovated, calendar_.at(house_.renovated).last_day(), 1,
             feed::HouseGrade::REPAIR_DONE, nullptr);
    } else if (house_.grade_from != kNever) {
        Event* event = EventOf(Cause::kHouseUnsafe, -1);
        tell(house_.grade_from, calendar_.at(house_.grade_from).last_day() - random_.Between(0, 5),
             house_.grade, feed::HouseGrade::REPAIR_NONE, event);
        if (house_.repaired != kNever)
            tell(house_.repaired,
                 calendar_.at(std::min(house_.repaired, calendar_.last())).last_day(), 1,
                 feed::HouseGrade::REPAIR_DONE, event);
    }
    TellDisaster();
    TellEstate();
}

void Life::TellDisaster() {
    if (house_.disaster == kNever || !ContactThere(house_.disaster)) return;
    Event* event = EventOf(Cause::kDisaster, -1);
    feed::DisasterLoss loss;
    loss.set_identity_no(ContactId());
    loss.set_disaster_id(
        house_.disaster_kind == 5
            ? Serial("HZ")
            : DisasterId(*household_->county, calendar_.at(house_.disaster), house_.disaster_kind));
    loss.set_happened_on(Day(house_.disaster).ToString());
    loss.set_kind(static_cast<feed::DisasterLoss::Kind>(house_.disaster_kind));
    loss.set_house_collapsed(house_.collapsed);
    loss.set_house_damaged(house_.grade_from == house_.disaster);
    loss.set_injured(house_.collapsed && random_.Chance(0.1) ? 1 : 0);
    loss.set_dead(0);
    if (house_.disaster_kind != 5) loss.set_crop_area_centiare(random_.Between(100, 4000));
    loss.set_loss_fen(std::min<std::int64_t>(house_.disaster_loss_fen, 50'000'000));
    Tell(loss, house_.disaster, event);
}

void Life::TellEstate() {
    const int before = calendar_.baseline();
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person& person = household_->people[i];
        feed::RealEstate estate;
        estate.set_identity_no(person.identity);
        estate.set_unit_no(Serial("BDC"));
        if (person.town_property) {
            estate.set_as_of(LastDay(before));
            estate.set_commercial(true);
            Tell(estate, before);
        }
        // Asked for when a household is being identified: the answer for each grown-up, mostly
        // "nothing in town".
        const int asked = Month::Of(household_->identified_on).index - calendar_.history.index;
        if (household_->slot.ledger != Ledger::kNew || person.age < 18 ||
            asked < calendar_.first() || asked > calendar_.last())
            continue;
        estate.set_as_of(calendar_.at(asked).first_day().ToString());
        estate.set_commercial(person.town_property);
        Tell(estate, asked);
    }
}

void Life::TellFarm() {
    const int before = calendar_.first() - 1;
    if (household_->product >= 0) {
        const Product& product = Products()[static_cast<std::size_t>(household_->product)];
        Event* failed = EventOf(Cause::kProjectFailed, -1);
        Event* fall = EventOf(Cause::kPriceFall, -1);
        for (int month = before; month <= calendar_.last() && ContactThere(month); ++month) {
            feed::IndustryProject row;
            row.set_identity_no(ContactId());
            row.set_project_id("XM" + household_->number);
            row.set_as_of(LastDay(month));
            row.set_product(product.zh);
            const bool over = month >= house_.project_failed;
            row.set_state(over ? feed::IndustryProject::STATE_FAILED
                               : feed::IndustryProject::STATE_RUNNING);
            row.set_failed(over);
            if (over) row.set_loss_fen(std::min<std::int64_t>(house_.project_loss_fen, 90'000'000));
            row.set_price_change_bp(
                product.price_change_bp[calendar_.at(month).first_day().month() - 1] +
                random_.Between(-60, 60));
            Tell(row, month,
                 over                                      ? failed
                 : fall != nullptr && month >= fall->month ? fall
                                                           : nullptr);
            if (over) break;
        }
    }
    if (household_->micro_credit_fen > 0) {
        Event* event = EventOf(Cause::kLoanOverdue, -1);
        for (int month = before; month <= calendar_.last() && ContactThere(month); ++month) {
            const bool overdue = month >= house_.credit_overdue;
            feed::MicroCredit row;
            row.set_identity_no(ContactId());
            row.set_contract_no("XD" + household_->number);
            row.set_as_of(LastDay(month));
            row.set_balance_fen(household_->micro_credit_fen);
            row.set_overdue_days(overdue ? (month - house_.credit_overdue) * 30 + 12 : 0);
            Tell(row, month, overdue ? event : nullptr);
        }
    }
}

void Life::TellMoney() {
    const int before = calendar_.first() - 1;
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person& person = household_->people[i];
        const PersonPath& path = people_[i];
        for (int month = std::max(before, path.loan_overdue);
             month <= calendar_.last() && month < path.loan_repaid && Alive(i, month); ++month) {
            feed::BankLoan row;
            row.set_identity_no(person.identity);
            row.set_contract_no("DK" + household_->number + "-" + std::to_string(i));
            row.set_as_of(LastDay(month));
            row.set_overdue_days((month - path.loan_overdue) * 30 + 9);
            row.set_deposit_band(static_cast<feed::BankLoan::DepositBand>(random_.Between(1, 2)));
            Event* event = EventOf(Cause::kLoanOverdue, static_cast<int>(i));
            Tell(row, month, event);
        }
        if (person.business != 0) {
            feed::Business row;
            row.set_identity_no(person.identity);
            row.set_uscc(MakeCreditCode(
                household_->county->code,
                500'000 + household_->slot.in_county * 4 + static_cast<std::uint32_t>(i % 4)));
            row.set_role(static_cast<feed::Business::Role>(person.business));
            row.set_company_owner(person.business != 3);
            row.set_as_of(LastDay(before));
            row.set_state(random_.Chance(0.05) ? feed::Business::STATE_DORMANT
                                               : feed::Business::STATE_OPEN);
            row.set_own_business_closed(false);
            Tell(row, before);
            if (path.business_closed != kNever) {
                row.set_as_of(LastDay(path.business_closed));
                row.set_state(feed::Business::STATE_CLOSED);
                row.set_own_business_closed(true);
                Tell(row, path.business_closed,
                     EventOf(Cause::kBusinessClosed, static_cast<int>(i)));
            }
        }
    }
    TellClaims();
}

void Life::TellClaims() {
    auto claim = [&](int month, int who, double median_yuan, Event* event) {
        if (month > calendar_.last() || !Alive(static_cast<std::size_t>(who), month)) return;
        feed::InsuranceClaim row;
        row.set_identity_no(household_->people[static_cast<std::size_t>(who)].identity);
        row.set_claim_no(Serial("PA"));
        row.set_claimed_on(Day(month).ToString());
        row.set_claimed_fen(static_cast<std::int64_t>(random_.LogNormal(median_yuan, 0.8)) * 100);
        Tell(row, month, event);
    };
    for (Event& event : events_) {
        const bool insured = event.cause == Cause::kAccident || event.cause == Cause::kDisaster ||
                             event.cause == Cause::kIllness;
        if (!insured || event.hidden || event.month < calendar_.first() || !random_.Chance(0.35))
            continue;
        claim(event.month + random_.Between(0, 2),
              event.person < 0 ? household_->contact : event.person, 7'000, &event);
    }
    for (int month = calendar_.first(); month <= calendar_.last(); ++month) {
        if (random_.Chance(rates::kSmallClaimMonth))
            claim(month, household_->contact, 900, nullptr);
    }
}

void Life::TellOrder() {
    const int before = calendar_.first() - 1;
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person& person = household_->people[i];
        const PersonPath& path = people_[i];
        if (person.death_month != kNever) {
            feed::Death row;
            row.set_identity_no(person.identity);
            row.set_died_on(Day(person.death_month).ToString());
            row.set_dead(true);
            Tell(row, person.death_month, EventOf(Cause::kDeath, static_cast<int>(i)));
        }
        for (int month = person.imprisoned ? before : path.imprisoned;
             month <= calendar_.last() && Alive(i, month); ++month) {
            feed::Imprisonment row;
            row.set_identity_no(person.identity);
            row.set_as_of(LastDay(month));
            row.set_imprisoned(true);
            Tell(row, month, EventOf(Cause::kImprisonment, static_cast<int>(i)));
        }
        const bool buys = person.age >= 18 && random_.Chance(0.0012);
        if (person.car || buys) {
            const int month =
                person.car ? before : random_.Between(calendar_.first(), calendar_.last());
            feed::Vehicle row;
            row.set_identity_no(person.identity);
            const std::uint64_t plate =
                Mix(Mix(options_.seed) ^ (static_cast<std::uint64_t>(household_->index) * 16 + i));
            row.set_plate_hash(
                HexEncode(std::string(reinterpret_cast<const char*>(&plate), sizeof plate)));
            row.set_as_of(LastDay(month));
            row.set_owned(true);
            if (Alive(i, month)) Tell(row, month);
        }
        if (path.accident != kNever) {
            feed::Accident row;
            row.set_identity_no(person.identity);
            row.set_accident_id(Serial("SG"));
            row.set_happened_on(Day(path.accident).ToString());
            row.set_serious_injury(path.accident_serious);
            row.set_liability(static_cast<feed::Accident::Liability>(random_.Between(1, 5)));
            row.set_medical_cost_fen(static_cast<std::int64_t>(random_.LogNormal(
                                         path.accident_serious ? 26'000 : 3'000, 0.6)) *
                                     100);
            Tell(row, path.accident, EventOf(Cause::kAccident, static_cast<int>(i)));
        }
    }
}

}  // namespace shouwang::province
