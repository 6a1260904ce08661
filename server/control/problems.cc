#include "server/control/problems.h"

#include <cmath>
#include <cstdio>
#include <utility>

#include "common/base/angle_text.h"

namespace soarm::control {
namespace {

using absl::StatusCode;

struct Text {
  StatusCode code;
  const char* reason;
  const char* message;  // follows the subject
  const char* fix;
};

Text Describe(BusRefusal refusal) {
  constexpr StatusCode kState = StatusCode::kFailedPrecondition;
  switch (refusal) {
    case BusRefusal::kNone:
      return {StatusCode::kInternal, "INTERNAL_ERROR", "failed without a reason", ""};
    case BusRefusal::kBusy:
      return {StatusCode::kUnavailable, "BUS_BUSY", "waits for another operation on its bus",
              "Try again in a second."};
    case BusRefusal::kReadOnly:
      return {kState, "READ_ONLY_GROUP", "is read-only in its role",
              "Bind the follower role to this arm if it is one."};
    case BusRefusal::kServoMissing:
      return {kState, "SERVO_MISSING", "does not answer",
              "Check the cables of this joint and the one before it, and the supply."};
    case BusRefusal::kServoFault:
      return {kState, "SERVO_FAULT", "reports a fault of its own",
              "Look at `soarm state` for the fault, remove its cause, then `soarm clear-fault`."};
    case BusRefusal::kSupplyOutside:
      return {kState, "SUPPLY_OUTSIDE", "measures a supply outside its own limits",
              "Check the power supply's voltage and plug."};
    case BusRefusal::kUncalibrated:
      return {kState, "UNCALIBRATED", "is not calibrated",
              "Calibrate the arm, e.g. with `lerobot-calibrate`; the daemon sees it by itself."};
    case BusRefusal::kUnfitSetting:
      return {kState, "UNFIT_SETTING", "has a setting with which it cannot be driven",
              "Set this register of the servo anew, e.g. with the vendor's tool, or mend its "
              "configured [limits]; the daemon sees registers by itself."};
    case BusRefusal::kSlowTransport:
      return {kState, "ADAPTER_LATENCY",
              "is on a bus whose adapter holds answers back for too long",
              "See `soarm status` for how to mend it."};
    case BusRefusal::kCalibrationDiffers:
      return {kState, "CALIBRATION_DIFFERS",
              "holds another calibration than it had when the bus was opened",
              "Wait some seconds: the daemon reads the bus anew and takes the servo's."};
    case BusRefusal::kOutsideRange:
      return {kState, "OUTSIDE_SERVO_RANGE", "stands outside its calibrated range",
              "Move it back into its range by hand."};
    case BusRefusal::kBadSetting:
      return {StatusCode::kInvalidArgument, "BAD_SETTING", "cannot be set to this",
              "Choose a range and an offset that the servo can hold."};
    case BusRefusal::kNotLimp:
      return {kState, "NOT_LIMP", "is under torque", "Run `soarm torque off` first."};
    case BusRefusal::kNearSeam:
      return {kState, "NEAR_SEAM", "stands at the seam of its encoder",
              "Move it away by hand, a sixteenth of a turn is enough."};
    case BusRefusal::kReadBackDiffers:
      return {kState, "READ_BACK_DIFFERS", "did not take a register's value",
              "Close any other program that uses the port, then try again."};
    case BusRefusal::kMovedOnEnable:
      return {kState, "MOVED_ON_ENABLE", "moved while its torque came on and was released",
              "Support the arm, check its calibration, then try again."};
    case BusRefusal::kVerifyFailed:
      return {kState, "RELEASE_UNCONFIRMED", "could not be read back as free of torque",
              "Treat it as energised; switch the supply off if in doubt."};
    case BusRefusal::kFaultStands:
      return {kState, "FAULT_STANDS", "has a fault that no clear ends",
              "See `soarm status` for what ends it; all else is cleared."};
    case BusRefusal::kBusLost:
      return {StatusCode::kUnavailable, "BUS_NOT_OPEN", "was lost with its bus",
              "Check the USB cable; the daemon reconnects by itself."};
  }
  return {StatusCode::kInternal, "INTERNAL_ERROR", "failed without a reason", ""};
}

Text Describe(MoveRefusal refusal) {
  constexpr StatusCode kState = StatusCode::kFailedPrecondition;
  switch (refusal) {
    case MoveRefusal::kNone:
      return {StatusCode::kInternal, "INTERNAL_ERROR", "failed without a reason", ""};
    case MoveRefusal::kNotTorqued:
      return {kState, "NOT_TORQUED", "is limp", "Run `soarm torque on` first."};
    case MoveRefusal::kStopped:
      return {kState, "STOPPED", "is held by a stop", "Clear the stop with `soarm clear`."};
    case MoveRefusal::kFault:
      return {kState, "FAULT", "cannot move because of a fault",
              "Look at `soarm state` for the fault and remove its cause."};
    case MoveRefusal::kPeer:
      return {kState, "PEER_UNABLE", "is leased together with a group that cannot move",
              "Look at `soarm state` for the other groups of the lease."};
    case MoveRefusal::kUnprepared:
      return {kState, "UNPREPARED", "was found under torque and is not ready to be driven yet",
              "Run `soarm torque on`: it says what is wrong, if anything is."};
    case MoveRefusal::kTooSlow:
      return {StatusCode::kInvalidArgument, "TOO_SLOW", "would move for too long",
              "Choose a higher speed_scale."};
    case MoveRefusal::kOutsideRange:
      return {kState, "OUTSIDE_RANGE", "was asked to go outside its limits",
              "Choose a target inside the joint's limits."};
  }
  return {StatusCode::kInternal, "INTERNAL_ERROR", "failed without a reason", ""};
}

Text Describe(MovePhase phase) {
  constexpr StatusCode kCutShort = StatusCode::kAborted;
  switch (phase) {
    case MovePhase::kNone:
    case MovePhase::kRunning:
    case MovePhase::kDone:
      return {StatusCode::kInternal, "INTERNAL_ERROR", "has not failed to move", ""};
    case MovePhase::kCancelled:
      return {StatusCode::kCancelled, "CANCELLED", "stopped moving because the move was cancelled",
              ""};
    case MovePhase::kInterrupted:
      return {kCutShort, "INTERRUPTED", "was given something newer to do",
              "Let one move end before the next command."};
    case MovePhase::kStopped:
      return {kCutShort, "STOPPED", "was stopped",
              "Clear the stop with `soarm clear`, then repeat."};
    case MovePhase::kLeaseLost:
      return {kCutShort, "LEASE_LOST", "stopped moving because its lease ended",
              "Acquire a new lease, then repeat."};
    case MovePhase::kFault:
      return {kCutShort, "FAULT", "stopped moving because of a fault",
              "Look at `soarm state` for the fault and remove its cause."};
    case MovePhase::kPeer:
      return {kCutShort, "PEER_UNABLE",
              "stopped moving because another group of its lease cannot move",
              "Look at `soarm state` for the other groups of the lease."};
    case MovePhase::kBusLost:
      return {StatusCode::kUnavailable, "BUS_LOST", "stopped being driven because its bus was lost",
              "Check the USB cable; the daemon reconnects by itself."};
    case MovePhase::kTorqueOff:
      return {kCutShort, "TORQUE_OFF", "stopped moving because its torque was switched off",
              "Enable torque, then repeat."};
    case MovePhase::kBlocked:
      return {kCutShort, "BLOCKED", "does not follow its target",
              "Look what is in the way of this joint."};
  }
  return {StatusCode::kInternal, "INTERNAL_ERROR", "failed without a reason", ""};
}

// Beyond a year nobody cares, and what is no number has no digits.
std::string Seconds(double span_s) {
  constexpr double kYear_s = 365.0 * 24 * 3600;
  if (!(span_s <= kYear_s)) return "more than a year";
  return std::to_string(std::llround(span_s)) + " s";
}

Problem Make(const Text& text, const std::string& subject) {
  Problem problem;
  problem.code = text.code;
  problem.reason = text.reason;
  problem.subject = subject;
  problem.message = subject + " " + text.message;
  problem.fix = text.fix;
  return problem;
}

std::string NamesOf(FaultSet faults) {
  std::string names;
  for (int i = 0; i < kFaultCount; ++i) {
    const auto fault = static_cast<Fault>(i);
    if (!faults.Has(fault)) continue;
    names += (names.empty() ? "" : ", ") + std::string(FaultName(fault));
  }
  return names;
}

}  // namespace

Problem MakeProblem(absl::StatusCode code, const char* reason, std::string subject,
                    std::string message, const char* fix) {
  Problem problem;
  problem.code = code;
  problem.reason = reason;
  problem.subject = std::move(subject);
  problem.message = std::move(message);
  problem.fix = fix;
  return problem;
}

Problem ProblemOfRefusal(const BusOperationResult& result, const std::string& subject) {
  Problem problem = Make(Describe(result.refusal), subject);
  if (result.fact.any()) {
    problem.facts["register"] = std::to_string(result.fact.address);
    problem.facts["register_name"] = std::string(result.fact.name);
    problem.facts["wanted"] = std::to_string(result.fact.wanted);
    problem.facts["found"] = std::to_string(result.fact.found);
  }
  TellFaults(result.faults, result.faults, problem);
  if (!result.faults.Any() && result.fact.any()) problem.message += ", " + InWords(result.fact);
  return problem;
}

Problem ProblemOfMove(const MoveAnswer& answer, const std::string& subject) {
  if (answer.refusal == MoveRefusal::kUnprepared && answer.why.refusal != BusRefusal::kNone) {
    return ProblemOfRefusal(answer.why, subject);
  }
  Problem problem = Make(Describe(answer.refusal), subject);
  if (answer.refusal == MoveRefusal::kOutsideRange) {
    problem.facts["limit_rad"] = std::to_string(answer.limit_rad);
    problem.message += "; the nearest end is " + AngleText(answer.limit_rad);
  }
  if (answer.refusal == MoveRefusal::kTooSlow) {
    problem.facts["duration_s"] = std::to_string(answer.duration_s);
    problem.facts["most_s"] = std::to_string(kLongestMove_s);
    problem.message +=
        ": " + Seconds(answer.duration_s) + ", where " + Seconds(kLongestMove_s) + " is the most";
  }
  return problem;
}

void TellWhyMissing(FaultSet faults, Problem& problem) {
  if (!faults.Has(Fault::kDuplicateId)) return;
  TellFaults(faults, faults, problem);
  problem.fix = FaultFix(Fault::kDuplicateId);
}

void TellFaults(FaultSet now, FaultSet then, Problem& problem) {
  // What is there now besides had no part in it, once something had.
  const FaultSet all = then.Any() ? then : now;
  if (!all.Any()) return;
  problem.facts["faults"] = NamesOf(all);
  problem.message += ": " + problem.facts["faults"];
  if ((now.bits & then.bits) != 0) return;
  problem.message += ", which has passed";
  constexpr std::uint32_t kSilence = FaultSet::Bit(Fault::kNoReply);
  if ((then.bits & ~kSilence) != 0) return;
  problem.fix =
      "Ask for it again; if it comes back, check the cables, the adapter, and what else keeps this "
      "computer busy.";
}

void TellHowBlocked(double short_rad, const JointSample& sample, Problem& problem) {
  char text[96];
  std::snprintf(text, sizeof text, ": it stands %.1f degrees from it and drives with %.0f %%",
                short_rad * kDegPerRad, std::abs(sample.load) * 100);
  problem.message += text;
  problem.facts["short_rad"] = std::to_string(short_rad);
  problem.facts["position_rad"] = std::to_string(sample.position_rad);
  problem.facts["load"] = std::to_string(sample.load);
  const std::string faults = NamesOf(sample.faults);
  if (faults.empty()) return;
  problem.message += " (" + faults + ")";
  problem.facts["faults"] = faults;
}

void TellHowLost(const absl::Status& lost, Problem& problem) {
  if (lost.ok()) return;
  const Problem why = ProblemOf(lost);
  problem.message += ": " + why.message;
  problem.facts.insert(why.facts.begin(), why.facts.end());
}

Problem ProblemOfPhase(MovePhase phase, const std::string& subject) {
  return Make(Describe(phase), subject);
}

}  // namespace soarm::control
