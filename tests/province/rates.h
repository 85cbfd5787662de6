// Every rate of the model in one place. None is a measured figure of one county: each is of the
// size that public statistics of the years 2019–2021 give for rural China, and README.md says
// which. All are "for the purpose of trying the platform".
#pragma once

namespace shouwang::province::rates {

// Health
constexpr double kInpatientYearChild = 0.08, kInpatientYearAdult = 0.11, kInpatientYearOld = 0.34;
constexpr double kStayMedianYuan = 5200, kStaySigma = 0.85;
constexpr double kReimbursedLifted = 0.86, kReimbursedOrdinary = 0.62;  // of the cost, mean
constexpr double kChronicAdult = 0.06, kChronicOld = 0.38;
constexpr double kOutpatientMonth = 0.30, kOutpatientMedianYuan = 260;  // chronic people only
constexpr double kSeriousYear = 0.0035, kSeriousYearOld = 0.011;
constexpr double kSeriousMedianYuan = 62'000, kSeriousSigma = 0.6;
constexpr double kMentalShare = 0.09;    // of new serious cases
constexpr double kCancersYear = 0.0030;  // women of 35 to 64
constexpr double kUninsured = 0.006, kInsuranceLapseMonth = 0.0003;
constexpr double kDoctorSigned = 0.35, kDoctorMonth = 0.004;
constexpr double kDisabled = 0.03, kDisabledOld = 0.11, kNewlyDisabledYear = 0.003;
// School
constexpr double kDropOutYear = 0.0016, kSuspendedYear = 0.004;
// Work
constexpr double kWorkers =
    0.90;  // of people able to work and of working age, with a wage or looking for one
constexpr double kJobLossMonth = 0.007, kJobFoundMonth = 0.30;
constexpr double kWageDropMonth = 0.004, kWageRecoverMonth = 0.12;
constexpr double kEpidemicLoss = 0.16;  // of the employed, February 2020
constexpr double kDifficultWorker = 0.0015;
// Civil affairs
constexpr double kMinimumLiving = 0.17;  // of lifted households
constexpr double kAssistanceGrantedMonth = 0.0006, kAssistanceRejectedMonth = 0.0003,
                 kAssistanceStoppedMonth = 0.0004;
constexpr double kTemporaryAidAfterEvent = 0.08, kTemporaryAidMonth = 0.003;
constexpr double kPetitionAfterEvent = 0.10, kPetitionMonth = 0.0006;
// Home
constexpr double kGradeC = 0.003, kGradeD = 0.0012, kGradeFallMonth = 0.00012;
constexpr double kWaterFaultMonth = 0.006, kWaterRepairMonth = 0.45;
constexpr double kHazardVillages = 0.08;
constexpr double kHitVillage = 0.2, kHitHousehold = 0.12;  // in a county with a disaster
constexpr double kFireMonth = 0.00008;
constexpr double kLossMedianYuan = 2600, kLossSigma = 0.8;
constexpr double kCollapsed = 0.006, kDamaged = 0.05;
// Economy
constexpr double kProject = 0.27, kProjectFailYear = 0.018;
constexpr double kMicroCredit = 0.11, kMicroCreditOverdueMonth = 0.0012;
constexpr double kLoanOverdue = 0.003, kLoanOverdueMonth = 0.0006;
constexpr double kSelfEmployed = 0.02, kCompanyOwner = 0.002, kBusinessClosedMonth = 0.003;
constexpr double kCar = 0.07, kTownProperty = 0.012, kPayroll = 0.0012;  // of adults
// Order
constexpr double kImprisoned = 0.0015, kImprisonedYear = 0.0007;  // of men aged 18 to 59
constexpr double kAccidentYear = 0.0026;
constexpr double kSmallClaimMonth =
    0.0015;  // households with some insurance claim beside the events
constexpr double kMoveMonth = 0.0002;
// Ledger, other counties than Guixi
constexpr double kPost = 0.06, kReward = 0.17, kRenovation = 0.006, kOtherMeasure = 0.03;
// Trouble that no department hears of
constexpr double kHidden = 0.04;

// Feed noise, of rows
constexpr double kErrorRow = 0.004, kErrorSentAgain = 0.8;
constexpr double kDuplicateRow = 0.003;
constexpr double kTypoRow = 0.0015;       // amount typed wrongly, corrected by a revision
constexpr double kRetractedRow = 0.0006;  // a row that should never have been sent, taken back
constexpr double kStrangerRow = 0.002;    // people who are not in the registry
constexpr double kLateOneMonth = 0.07, kLateTwoMonths = 0.02;
constexpr double kOldNumber = 0.004, kBlankAround = 0.003, kLowerCaseX = 0.3;
constexpr double kCertificateNumber = 0.85, kCertificateReissued = 0.02;

}  // namespace shouwang::province::rates
