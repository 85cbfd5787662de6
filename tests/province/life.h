// One household's life through the months, and the rows that departments write about it. First the
// truth is drawn (paths of people and house, events), then each department tells its part of it to
// the mailroom, then the truth itself is written down.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "tests/province/household.h"
#include "tests/province/mailroom.h"

namespace shouwang::province {

// What can happen to a household. The names stand in trouble.csv.
enum class Cause {
    kIllness,
    kJobLoss,
    kWageDrop,
    kDropOut,
    kSchooling,
    kDisaster,
    kDisability,
    kDeath,
    kImprisonment,
    kAccident,
    kPriceFall,
    kProjectFailed,
    kLoanOverdue,
    kHouseUnsafe,
    kBusinessClosed
};
const char* CauseName(Cause cause);

struct Event {
    Cause cause;
    int month = 0;              // position in the calendar
    int person = -1;            // member, or the whole household
    std::int64_t cost_fen = 0;  // what the household itself must pay
    bool guarantee = false;     // breaks a basic guarantee (school, safe home)
    bool hidden = false;        // no department hears of it
    int arrival = kNever;       // first file that carries a right row about it
};

struct PersonPath {
    std::vector<std::int64_t> wage;  // by month, 0 without work
    std::vector<bool> employed;
    std::vector<std::int64_t> medical;  // paid by the person, by month
    int drop_out = kNever, back_at_school = kNever;
    int suspended = kNever;
    int imprisoned = kNever;
    int disabled = kNever;
    int serious = kNever;
    bool mental = false, serious_is_cancer = false;
    int accident = kNever;
    bool accident_serious = false;
    int insurance_lapse = kNever;
    int business_closed = kNever;
    int loan_overdue = kNever, loan_repaid = kNever;
};

struct HousePath {
    int grade_from = kNever, grade = 0;  // a fall of the house's grade
    int repaired = kNever;
    int renovated = kNever;  // by a support measure: was unsafe from the start
    int disaster = kNever;
    int disaster_kind = 0;  // DisasterLoss.Kind
    bool collapsed = false;
    std::int64_t disaster_loss_fen = 0;
    int project_failed = kNever;
    std::int64_t project_loss_fen = 0;
    int credit_overdue = kNever;
};

// Disasters strike counties; the same answer for every household of a village. 0 = none, else
// DisasterLoss.Kind.
int DisasterIn(const Options& options, int county, Month month);
bool VillageHit(const Options& options, int county, int village, Month month);
std::string DisasterId(const County& county, Month month, int kind);

class Life {
public:
    Life(const Reference& reference, const Plan& plan, const Options& options, Mailroom& mail,
         std::string& truth);
    void Run(const Household& household);

private:
    // The truth (life.cc)
    void DrawPaths();
    void DrawWork(std::size_t person);
    void DrawHealth(std::size_t person);
    void DrawSchoolAndOrder(std::size_t person);
    void DrawHome();
    void DrawEconomy();
    void WriteTruth();
    std::string TruthLine(const Event& event, std::int64_t per_person_fen, bool red) const;
    bool Alive(std::size_t person, int month) const {
        return month < household_->people[person].death_month;
    }
    bool Here(std::size_t person, int month) const {
        return Alive(person, month) && month < household_->people[person].move_month;
    }
    bool ContactThere(int month) const {
        return Alive(static_cast<std::size_t>(household_->contact), month);
    }
    const std::string& ContactId() const {
        return household_->people[static_cast<std::size_t>(household_->contact)].identity;
    }
    Event* Happen(Cause cause, int month, int person, std::int64_t cost_fen = 0,
                  bool guarantee = false);

    // What departments tell (rows_*.cc)
    void TellRegistry();
    void TellBirth(std::size_t dead, int nth);
    void TellMove(std::size_t person);
    void TellLedger();
    void TellMeasures();
    void TellMeasure(int category, int kind, std::int64_t amount_fen, int month);
    void TellMedical();
    void TellStay(std::size_t person, int month, std::int64_t total_fen, double reimbursed,
                  Event* event);
    void TellHealth();
    void TellDisability();
    void TellSchool();
    void TellWork();
    void TellPayments();
    void TellAssistance();
    void TellPetitions();
    void TellHome();
    void TellDisaster();
    void TellEstate();
    void TellFarm();
    void TellMoney();
    void TellClaims();
    void TellOrder();

    Date Day(int month) { return calendar_.at(month).first_day() + random_.Between(0, 27); }
    std::string LastDay(int month) const { return calendar_.at(month).last_day().ToString(); }
    std::string MonthText(int month) const { return calendar_.at(month).ToString(); }
    // A number that no other row of the dataset has: prefix, household, running number.
    std::string Serial(const char* prefix);
    // Sends for an event (which may be null); hidden events send nothing.
    void Tell(const google::protobuf::Message& row, int month, Event* event = nullptr);
    Event* EventOf(Cause cause, int person);

    const Reference& reference_;
    const Plan& plan_;
    const Options& options_;
    const Calendar calendar_;
    Mailroom& mail_;
    std::string& truth_;
    Random random_{0};
    const Household* household_ = nullptr;
    std::vector<PersonPath> people_;
    HousePath house_;
    std::deque<Event> events_;  // Happen() hands out pointers
    std::uint32_t serial_ = 0;
};

}  // namespace shouwang::province
