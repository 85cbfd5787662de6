// Medical insurance, health, the disabled persons' federation, the women's federation and the
// unions.
#include <algorithm>

#include "shouwang/monitoring/feed/v1/health.pb.h"
#include "tests/province/life.h"
#include "tests/province/rates.h"

namespace shouwang::province {

namespace feed = monitoring::feed::v1;

void Life::TellStay(std::size_t i, int month, std::int64_t total_fen, double reimbursed,
                    Event* event) {
    if (month > calendar_.last()) return;
    feed::MedicalSettlement row;
    const auto self = static_cast<std::int64_t>(static_cast<double>(total_fen) * (1 - reimbursed));
    const std::int64_t paid = total_fen - self;
    people_[i].medical[static_cast<std::size_t>(month)] += self;
    if (event != nullptr && event->hidden) return;
    static const char* const kHospitals[] = {"人民医院", "中医院", "妇幼保健院", "中心卫生院"};
    row.set_identity_no(household_->people[i].identity);
    row.set_visit_id(Serial("YB"));
    row.set_settled_on(Day(month).ToString());
    row.set_kind(feed::MedicalSettlement::KIND_INPATIENT);
    row.set_hospital(total_fen > 3'000'000
                         ? reference_.province_name + "人民医院"
                         : household_->county->name + kHospitals[random_.Below(4)]);
    row.set_total_fen(total_fen);
    const std::int64_t big = total_fen > 2'000'000 ? paid / 6 : 0,
                       aid = household_->slot.lifted ? paid / 10 : 0;
    row.set_fund_paid_fen(paid - big - aid);
    row.set_big_illness_paid_fen(big);
    row.set_aid_paid_fen(aid);
    row.set_self_paid_fen(self);
    row.set_chronic(household_->people[i].chronic);
    Tell(row, month, event);
}

void Life::TellMedical() {
    const double mean =
        household_->slot.lifted ? rates::kReimbursedLifted : rates::kReimbursedOrdinary;
    auto share = [&](const Person& person) {
        return person.insured ? std::clamp(mean + 0.05 * random_.Normal(), 0.2, 0.95) : 0.0;
    };
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person& person = household_->people[i];
        const PersonPath& path = people_[i];
        const double stays = (person.age < 15   ? rates::kInpatientYearChild
                              : person.age < 60 ? rates::kInpatientYearAdult
                                                : rates::kInpatientYearOld) /
                             12;
        for (int month = 0; month <= calendar_.last() && Alive(i, month); ++month) {
            if (random_.Chance(stays)) {
                TellStay(
                    i, month,
                    std::min<std::int64_t>(
                        static_cast<std::int64_t>(
                            random_.LogNormal(rates::kStayMedianYuan, rates::kStaySigma) * 100),
                        30'000'000),
                    share(person), nullptr);
            }
            if (person.chronic && random_.Chance(rates::kOutpatientMonth)) {
                feed::MedicalSettlement row;
                const auto total = static_cast<std::int64_t>(
                    random_.LogNormal(rates::kOutpatientMedianYuan, 0.6) * 100);
                const auto self = static_cast<std::int64_t>(static_cast<double>(total) *
                                                            (1 - share(person) * 0.8));
                people_[i].medical[static_cast<std::size_t>(month)] += self;
                row.set_identity_no(person.identity);
                row.set_visit_id(Serial("MZ"));
                row.set_settled_on(Day(month).ToString());
                row.set_kind(feed::MedicalSettlement::KIND_OUTPATIENT);
                row.set_total_fen(total);
                row.set_fund_paid_fen(total - self);
                row.set_self_paid_fen(self);
                row.set_chronic(true);
                Tell(row, month);
            }
        }
        if (path.serious != kNever) {
            Event* event = EventOf(Cause::kIllness, static_cast<int>(i));
            const double total =
                random_.LogNormal(rates::kSeriousMedianYuan, rates::kSeriousSigma) * 100;
            for (int stay = 0; stay < 3; ++stay)
                TellStay(i, path.serious + stay,
                         std::min<std::int64_t>(static_cast<std::int64_t>(total / (2 + stay)),
                                                60'000'000),
                         share(person), event);
        }
        if (path.accident != kNever) {
            Event* event = EventOf(Cause::kAccident, static_cast<int>(i));
            TellStay(i, path.accident,
                     static_cast<std::int64_t>(
                         random_.LogNormal(path.accident_serious ? 26'000 : 3'000, 0.6) * 100),
                     share(person) * 0.8, event);
        }
    }
}

void Life::TellHealth() {
    const int before = calendar_.first() - 1;
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person& person = household_->people[i];
        const PersonPath& path = people_[i];
        feed::MedicalInsurance insured;
        insured.set_identity_no(person.identity);
        insured.set_as_of(LastDay(before));
        insured.set_insured(person.insured);
        Tell(insured, before);
        if (path.insurance_lapse != kNever) {
            insured.set_as_of(LastDay(path.insurance_lapse));
            insured.set_insured(false);
            Tell(insured, path.insurance_lapse);
        }
        feed::FamilyDoctorContract doctor;
        doctor.set_identity_no(person.identity);
        doctor.set_signed_(person.doctor);
        doctor.set_as_of(LastDay(before));
        if (person.doctor) Tell(doctor, before);
        for (int month = calendar_.first(); month <= calendar_.last() && Alive(i, month); ++month) {
            if (!random_.Chance(rates::kDoctorMonth)) continue;
            doctor.set_as_of(LastDay(month));
            doctor.set_signed_(!doctor.signed_());
            Tell(doctor, month);
        }
        if (path.serious == kNever || path.serious < calendar_.first()) continue;
        Event* event = EventOf(Cause::kIllness, static_cast<int>(i));
        feed::SeriousIllness illness;
        illness.set_identity_no(person.identity);
        illness.set_case_id(Serial("BL"));
        illness.set_diagnosed_on(Day(path.serious).ToString());
        illness.set_listed_big_illness(true);
        illness.set_severe_mental_illness(path.mental);
        Tell(illness, path.serious, event);
        if (!path.serious_is_cancer) continue;
        feed::CancerScreening cancer;
        cancer.set_identity_no(person.identity);
        cancer.set_case_id(Serial("LA"));
        cancer.set_confirmed_on(illness.diagnosed_on());
        cancer.set_site(random_.Chance(0.5) ? feed::CancerScreening::SITE_CERVICAL
                                            : feed::CancerScreening::SITE_BREAST);
        cancer.set_confirmed(true);
        Tell(cancer, path.serious, event);
    }
}

void Life::TellDisability() {
    const int before = calendar_.first() - 1;
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person& person = household_->people[i];
        const PersonPath& path = people_[i];
        if (person.disability_grade != 0 || path.disabled != kNever) {
            feed::DisabilityCertificate row;
            const bool fresh = person.disability_grade == 0;
            const int grade =
                fresh ? (path.accident_serious ? random_.Between(1, 3) : random_.Between(2, 4))
                      : person.disability_grade;
            row.set_identity_no(person.identity);
            row.set_issued_on((fresh ? Day(path.disabled) : person.disability_issued).ToString());
            row.set_type(fresh ? random_.Between(1, 6) : person.disability_type);
            row.set_grade(grade);
            row.set_newly_certified(fresh);
            row.set_monthly_subsidy_fen(grade <= 2 ? 14'000 : 7'000);
            Tell(row, fresh ? path.disabled : before,
                 fresh ? EventOf(Cause::kDisability, static_cast<int>(i)) : nullptr);
        }
        if (!person.in_difficulty) continue;
        for (int month = before; month <= calendar_.last() && Alive(i, month); ++month) {
            feed::WorkerInDifficulty row;
            row.set_identity_no(person.identity);
            row.set_as_of(LastDay(month));
            row.set_in_difficulty(true);
            Tell(row, month);
        }
    }
}

}  // namespace shouwang::province
