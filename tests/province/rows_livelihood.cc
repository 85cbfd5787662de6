// Education, human resources, finance, civil affairs, petitions.
#include <algorithm>

#include "shouwang/monitoring/feed/v1/livelihood.pb.h"
#include "tests/province/identity.h"
#include "tests/province/life.h"
#include "tests/province/rates.h"

namespace shouwang::province {

namespace feed = monitoring::feed::v1;

void Life::TellSchool() {
    // Fees and aid of a term, yuan, by stage: kindergarten, primary, junior, senior, vocational,
    // higher.
    static const int kFees[7] = {0, 1800, 150, 200, 1600, 900, 4800};
    static const int kAid[7] = {0, 500, 500, 625, 1000, 1500, 2000};
    const int before = calendar_.first() - 1;
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person& person = household_->people[i];
        const PersonPath& path = people_[i];
        if (person.stage == 0) continue;
        for (int month = 0; month <= calendar_.last() && Alive(i, month); ++month) {
            const unsigned of_year = calendar_.at(month).first_day().month();
            if (of_year == 3 || of_year == 9) {
                feed::SchoolFees fees;
                fees.set_identity_no(person.identity);
                fees.set_month(MonthText(month));
                // One in sixty goes to a dear private school.
                const bool dear = person.stage != 2 && random_.Chance(1.0 / 60);
                fees.set_fees_fen(
                    static_cast<std::int64_t>(kFees[person.stage] *
                                              (dear ? 4.0 : 0.8 + 0.4 * random_.Unit())) *
                    100);
                fees.set_aid_fen(household_->slot.lifted ? kAid[person.stage] * 100 : 0);
                const bool burden = dear && month >= calendar_.first() && fees.fees_fen() > 600'000;
                Tell(fees, month,
                     burden ? Happen(Cause::kSchooling, month, static_cast<int>(i),
                                     fees.fees_fen() - fees.aid_fen())
                            : nullptr);
            }
            if (month < before) continue;
            const bool out = month >= path.drop_out && month < path.back_at_school,
                       suspended = month >= path.suspended;
            const int absent = out                    ? random_.Between(15, 22)
                               : random_.Chance(0.03) ? random_.Between(1, 9)
                                                      : 0;
            // Everybody each quarter; between, those about whom there is something to say.
            const bool news = month == path.drop_out || month == path.back_at_school ||
                              month == path.suspended || out || absent > 0;
            if (of_year % 3 != 0 && !news) continue;
            feed::SchoolStatus row;
            row.set_identity_no(person.identity);
            row.set_as_of(LastDay(month));
            row.set_stage(static_cast<feed::SchoolStatus::Stage>(person.stage));
            row.set_status(out         ? feed::SchoolStatus::STATUS_LEFT
                           : suspended ? feed::SchoolStatus::STATUS_SUSPENDED
                                       : feed::SchoolStatus::STATUS_ENROLLED);
            row.set_dropped_out(out);
            row.set_absent_days(absent);
            Tell(row, month, out ? EventOf(Cause::kDropOut, static_cast<int>(i)) : nullptr);
        }
    }
}

void Life::TellWork() {
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person& person = household_->people[i];
        const PersonPath& path = people_[i];
        for (int month = 0; person.worker && month <= calendar_.last() && Alive(i, month) &&
                            month < path.imprisoned;
             ++month) {
            const auto m = static_cast<std::size_t>(month);
            feed::Employment row;
            row.set_identity_no(person.identity);
            row.set_month(MonthText(month));
            row.set_employed(path.employed[m]);
            row.set_unemployed(!path.employed[m]);
            row.set_wage_fen(path.wage[m]);
            if (path.employed[m]) {
                row.set_employer_uscc(MakeCreditCode(person.employer_county, person.employer));
                row.set_place(static_cast<feed::Employment::Place>(person.place));
            }
            Event* event = nullptr;
            if (!path.employed[m]) event = EventOf(Cause::kJobLoss, static_cast<int>(i));
            if (event == nullptr || month < event->month)
                event = EventOf(Cause::kWageDrop, static_cast<int>(i));
            Tell(row, month, event != nullptr && month >= event->month ? event : nullptr);
        }
    }
}

void Life::TellPayments() {
    const bool stops =
        household_->minimum_living &&
        random_.Chance(rates::kAssistanceStoppedMonth * (calendar_.last() - calendar_.first() + 1));
    const int stopped = stops ? random_.Between(calendar_.first(), calendar_.last()) : kNever;
    const int grant = random_.Between(280, 420) * 100 * std::max<int>(1, household_->slot.size / 2);
    for (int month = calendar_.first(); month <= calendar_.last(); ++month) {
        const bool spring = calendar_.at(month).first_day().month() == 4;
        auto pay = [&](const Person& person, const char* code, std::int64_t fen, bool stop) {
            feed::SubsidyPayment row;
            row.set_identity_no(person.identity);
            row.set_month(MonthText(month));
            row.set_subsidy_code(code);
            row.set_paid_fen(stop ? 0 : fen);
            row.set_stopped(stop);
            row.set_bank_account(
                MakeBankAccount(static_cast<std::uint64_t>(household_->index) * 16 +
                                static_cast<std::uint64_t>(&person - household_->people.data())));
            Tell(row, month);
        };
        const Person& holder = household_->people[static_cast<std::size_t>(household_->contact)];
        if (ContactThere(month) && household_->minimum_living && month <= stopped)
            pay(holder, "DIBAO", grant, month == stopped);
        if (ContactThere(month) && spring)
            pay(holder, "GENGDI", random_.Between(150, 900) * 100, false);
        for (std::size_t i = 0; i < people_.size(); ++i) {
            const Person& person = household_->people[i];
            if (!Alive(i, month)) continue;
            if (person.disability_grade == 1 || person.disability_grade == 2)
                pay(person, "CANJI", 14'000, false);
            if (person.age >= 60) {
                feed::PensionPayment row;
                row.set_identity_no(person.identity);
                row.set_month(MonthText(month));
                row.set_paid_fen(11'500 + (person.age >= 80 ? 5'000 : 0));
                Tell(row, month);
            }
            if (person.on_payroll) {
                feed::PublicPayroll row;
                row.set_identity_no(person.identity);
                row.set_as_of(LastDay(month));
                row.set_on_payroll(true);
                Tell(row, month);
            }
        }
    }
    if (stopped == kNever || !ContactThere(stopped)) return;
    feed::SocialAssistance row;
    row.set_identity_no(ContactId());
    row.set_decision_no(Serial("MZ"));
    row.set_decided_on(Day(stopped).ToString());
    row.set_kind(feed::SocialAssistance::KIND_MINIMUM_LIVING);
    row.set_decision(feed::SocialAssistance::DECISION_STOPPED);
    row.set_stopped(true);
    Tell(row, stopped);
}

void Life::TellAssistance() {
    auto aid = [&](int person, int month, std::int64_t fen, Event* event) {
        if (month > calendar_.last() || !Alive(static_cast<std::size_t>(person), month)) return;
        feed::TemporaryAid row;
        row.set_identity_no(household_->people[static_cast<std::size_t>(person)].identity);
        row.set_payment_no(Serial("LS"));
        row.set_paid_on(Day(month).ToString());
        row.set_amount_fen(fen);
        Tell(row, month, event);
    };
    for (Event& event : events_) {
        if (event.hidden || event.month < calendar_.first() || event.cause == Cause::kPriceFall ||
            event.cause == Cause::kDeath)
            continue;
        if (random_.Chance(rates::kTemporaryAidAfterEvent))
            aid(household_->contact, event.month + random_.Between(0, 2),
                random_.Between(5, 60) * 10'000, &event);
    }
    for (int month = 0; month <= calendar_.last(); ++month) {
        if (random_.Chance(rates::kTemporaryAidMonth))
            aid(household_->contact, month, random_.Between(5, 30) * 10'000, nullptr);
        if (month < calendar_.first() || household_->minimum_living || !ContactThere(month))
            continue;
        const bool granted = random_.Chance(rates::kAssistanceGrantedMonth),
                   rejected = !granted && random_.Chance(rates::kAssistanceRejectedMonth);
        if (!granted && !rejected) continue;
        feed::SocialAssistance row;
        row.set_identity_no(ContactId());
        row.set_decision_no(Serial("MZ"));
        row.set_decided_on(Day(month).ToString());
        const double u = random_.Unit();
        row.set_kind(u < 0.7   ? feed::SocialAssistance::KIND_MINIMUM_LIVING
                     : u < 0.8 ? feed::SocialAssistance::KIND_EXTREME_HARDSHIP
                     : u < 0.9 ? feed::SocialAssistance::KIND_EDGE
                               : feed::SocialAssistance::KIND_RIGID_SPENDING);
        row.set_decision(granted ? feed::SocialAssistance::DECISION_GRANTED
                                 : feed::SocialAssistance::DECISION_REJECTED);
        if (granted)
            row.set_minimum_living_newly_granted(true);
        else
            row.set_rejected(true);
        Tell(row, month);
    }
}

void Life::TellPetitions() {
    auto call = [&](int month, feed::PetitionCall::Topic topic, const std::string& text,
                    bool hardship, Event* event) {
        if (month > calendar_.last() || !ContactThere(month)) return;
        feed::PetitionCall row;
        row.set_identity_no(ContactId());
        row.set_call_no(Serial("12345-"));
        row.set_called_on(Day(month).ToString());
        row.set_topic(topic);
        row.set_text(text);
        row.set_hardship(hardship);
        row.set_phone(MakePhone(household_->index));
        Tell(row, month, event);
    };
    for (Event& event : events_) {
        if (event.hidden || event.month < calendar_.first() ||
            !random_.Chance(rates::kPetitionAfterEvent))
            continue;
        const int month = event.month + random_.Between(0, 1);
        switch (event.cause) {
            case Cause::kIllness:
            case Cause::kDisability:
            case Cause::kAccident:
                call(month, feed::PetitionCall::TOPIC_ILLNESS,
                     "家人住院,花费大,\n生活困难,请求帮助。", true, &event);
                break;
            case Cause::kDropOut:
            case Cause::kSchooling:
                call(month, feed::PetitionCall::TOPIC_SCHOOL,
                     "孩子上学有困难,想问有没有\"资助\"政策。", true, &event);
                break;
            case Cause::kJobLoss:
            case Cause::kWageDrop:
                call(month, feed::PetitionCall::TOPIC_WORK, "厂里停工,没有收入。", true, &event);
                break;
            case Cause::kDisaster:
            case Cause::kHouseUnsafe:
                call(month, feed::PetitionCall::TOPIC_HOUSING, "房屋受损,\r\n不敢住人。", true,
                     &event);
                break;
            default:
                call(month, feed::PetitionCall::TOPIC_OTHER, "家里收入减少,生活困难。", true,
                     &event);
        }
    }
    for (int month = calendar_.first(); month <= calendar_.last(); ++month) {
        if (random_.Chance(rates::kPetitionMonth))
            call(month, feed::PetitionCall::TOPIC_WATER, "自来水有时停水,请派人查看。", false,
                 nullptr);
        if (random_.Chance(rates::kPetitionMonth / 2))
            call(month, feed::PetitionCall::TOPIC_OTHER, "咨询低保和医保政策。",
                 random_.Chance(0.2), nullptr);
    }
}

}  // namespace shouwang::province
