#include "server/core/fault.h"

namespace soarm {
namespace {

struct Text {
  std::string_view name;
  std::string_view fix;
};

Text Describe(Fault fault) {
  switch (fault) {
    case Fault::kSupplyVoltage:
      return {"SUPPLY_VOLTAGE",
              "Check that the power supply matches the servo variant (7.4 V or 12 V)."};
    case Fault::kEncoder:
      return {"ENCODER", "Power-cycle the arm; if the fault returns, replace the servo."};
    case Fault::kOverTemperature:
      return {"OVER_TEMPERATURE",
              "Support the arm, let the servo cool down, then run `soarm clear-fault`."};
    case Fault::kOverCurrent:
      return {"OVER_CURRENT", "Free the joint, then run `soarm clear-fault`."};
    case Fault::kOverload:
      return {"OVERLOAD", "Move the joint away from what blocks it, then run `soarm clear-fault`."};
    case Fault::kNoReply:
      return {"NO_REPLY", "Check the servo's cable."};
    case Fault::kCorruptReply:
      return {"CORRUPT_REPLY",
              "Check the cables and the supply for noise or a loose plug at this servo."};
    case Fault::kQuarantined:
      return {"QUARANTINED", "Check the servo's cable and power; it is picked up again by itself."};
    case Fault::kRebooted:
      return {"REBOOTED", "Check the supply for brown-outs, then enable torque again."};
    case Fault::kTorqueLost:
      return {"TORQUE_LOST", "Find out why the servo switched off, then run `soarm clear-fault`."};
    case Fault::kCurrentTrip:
      return {"CURRENT_TRIP", "Free the joint, then run `soarm clear-fault`."};
    case Fault::kDuplicateId:
      return {"DUPLICATE_ID",
              "Connect the servos one at a time and give each its own id; where each has one, mend "
              "this servo's cable."};
    case Fault::kGoalMismatch:
      return {"GOAL_MISMATCH",
              "Close any other program that uses the port, then run `soarm clear-fault`."};
    case Fault::kUncalibrated:
      return {"UNCALIBRATED", "Calibrate the arm."};
    case Fault::kStopUnconfirmed:
      return {"STOP_NOT_CONFIRMED", "Cut the supply: this servo was not reached, or moves on."};
    case Fault::kUnprepared:
      return {"UNPREPARED", "Run `soarm torque on`: it says what is wrong with this joint."};
    case Fault::kSettingsChanged:
      return {"SETTINGS_CHANGED",
              "Close any other program that uses the port; the bus is read anew by itself."};
    case Fault::kWrongMode:
      return {
          "WRONG_MODE",
          "Close any other program that uses the port, then set the servo's operating mode back."};
    case Fault::kNoTorque:
      return {
          "NO_TORQUE",
          "Run `soarm torque on` for the whole group, or support it and run `soarm torque off`."};
    case Fault::kHot:
      return {"HOT", "Let the joint rest before its servo switches itself off and the arm falls."};
    case Fault::kUnfitSetting:
      return {"UNFIT_SETTING",
              "Set this register of the servo anew, e.g. with the vendor's tool, or mend its "
              "configured [limits]; the daemon sees registers by itself."};
    case Fault::kAtSeam:
      return {"AT_SEAM",
              "Turn the joint back by hand, away from the seam of its encoder, then run `soarm "
              "clear-fault` and `soarm torque on`."};
    case Fault::kUnlocked:
      return {"UNLOCKED",
              "Run `soarm clear-fault`, or `soarm torque on`: both lock the servo's settings."};
    case Fault::kServoStatus:
      return {
          "SERVO_STATUS",
          "Power-cycle the arm; if the fault returns, look the servo's status up in its manual."};
  }
  return {"UNKNOWN", ""};
}

}  // namespace

std::string_view FaultName(Fault fault) { return Describe(fault).name; }
std::string_view FaultFix(Fault fault) { return Describe(fault).fix; }

}  // namespace soarm
