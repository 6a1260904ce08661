#include "tests/system/adversity/judge.h"

#include <algorithm>
#include <cmath>

#include "tests/adversary/judge/bounds.h"

namespace soarm::test {
namespace {

namespace bounds = soarm::adversary::bounds;

constexpr std::int64_t kSecond_ns = 1'000'000'000;
// What docs/safety.md gives a joint to come to rest, and a stall of this machine on top.
constexpr std::int64_t kGrace_ns = bounds::kComesToRest + (3 * kSecond_ns) / 2;
constexpr std::int64_t kTorqueGrace_ns = 2 * kSecond_ns;
constexpr std::int64_t kSpeedOver_ns = kSecond_ns / 2;
constexpr double kBraking_s = 0.05;  // v / 2a at the limits of the joints: 3 rad/s, 30 rad/s2

// What it may go on: as far as its goal leads it, what it trails behind, and what braking takes.
double RunsOn_rad(double limit_rad_s) {
  const double seconds = bounds::kLag_s + kBraking_s + static_cast<double>(bounds::kTicks) * 1e-9;
  return bounds::kLead_rad + limit_rad_s * seconds + bounds::kSpringOver_rad;
}

std::string Degrees(double angle_rad) {
  return std::to_string(angle_rad / bounds::kDegree) + " degrees";
}

}  // namespace

std::string Judge::JudgeTorque(const Joint& joint, const sim::ServoTruth& now, std::int64_t time_ns,
                               const Ledger& ledger) const {
  if (!joint.known || now.torque_on() == joint.torque_on) return {};
  const std::int64_t from_ns = joint.last.time_ns - kTorqueGrace_ns;
  const bool may_come = ledger.energises.Touches(from_ns, time_ns);
  if (now.torque_on()) return may_come ? "" : "TORQUE came on by itself";
  // An enable that fails takes back what it gave, and nothing else.
  const bool takes_back =
      may_come &&
      ledger.energises.Touches(joint.torque_since_ns - kTorqueGrace_ns, joint.torque_since_ns);
  if (takes_back || ledger.releases.Touches(from_ns, time_ns)) return {};
  return "TORQUE was lost";
}

std::string Judge::JudgePlace(Joint& joint, const sim::ServoTruth& now, std::int64_t time_ns,
                              double limit_rad_s) {
  const double angle_rad = now.position_rad();
  if (acts_.Touches(time_ns, time_ns)) {
    driven_rad_ += std::abs(angle_rad - joint.last.angle_rad);
    joint.let_go = {time_ns, angle_rad};
  }
  const std::int64_t rested_ns = std::max(joint.let_go.time_ns, joint.torque_since_ns) + kGrace_ns;
  if (!now.torque_on() || time_ns < rested_ns || acts_.Touches(time_ns - kGrace_ns, time_ns)) {
    joint.rests = false;
    const bool free = !now.torque_on() || joint.torque_since_ns > joint.let_go.time_ns;
    const double went_rad = std::abs(angle_rad - joint.let_go.angle_rad);
    if (free || joint.let_go.time_ns == 0 || went_rad <= RunsOn_rad(limit_rad_s)) return {};
    return "RUNS ON by " + Degrees(went_rad);
  }
  if (!joint.rests) {
    joint.rests = true;
    joint.rest_rad = angle_rad;
  }
  const double went_rad = std::abs(angle_rad - joint.rest_rad);
  if (went_rad <= bounds::kStays_rad) return {};
  joint.rest_rad = angle_rad;
  return "STAYS not: it went " + Degrees(went_rad) + " although nothing drives it";
}

std::string Judge::JudgeSpeed(Joint& joint, const sim::ServoTruth& now, std::int64_t time_ns,
                              double limit_rad_s) const {
  if (!now.torque_on() || time_ns - joint.torque_since_ns < bounds::kCaught) {
    joint.past.clear();
    return {};
  }
  joint.past.push_back({time_ns, now.position_rad()});
  while (joint.past.size() > 1 && time_ns - joint.past[1].time_ns >= kSpeedOver_ns) {
    joint.past.pop_front();
  }
  const Place& from = joint.past.front();
  const double seconds =
      static_cast<double>(std::max(time_ns - from.time_ns, kSpeedOver_ns)) * 1e-9;
  const double allowed_rad_s = limit_rad_s * bounds::kFaster + bounds::kFasterBy_rad_s;
  const double went_rad = std::abs(now.position_rad() - from.angle_rad);
  if (went_rad <= allowed_rad_s * seconds + bounds::kLead_rad) return {};
  return "FAST: " + Degrees(went_rad) + " in " + std::to_string(seconds) + " s";
}

std::vector<std::string> Judge::Look(const std::vector<sim::Truth>& frames, const Ledger& ledger) {
  std::map<std::uint32_t, std::string> blamed;
  acts_ = ledger.drives.Without(ledger.dead).Without(ledger.stopped);
  for (const sim::Truth& frame : frames) {
    for (const sim::ServoTruth& servo : frame.servos()) {
      Joint& joint = joints_[servo.servo()];
      const double limit_rad_s = limits_.at(servo.servo());
      const std::string torque = JudgeTorque(joint, servo, frame.time_ns(), ledger);
      if (!joint.known) joint.last = {frame.time_ns(), servo.position_rad()};
      if (!joint.known || servo.torque_on() != joint.torque_on) {
        joint.torque_since_ns = frame.time_ns();
      }
      joint.known = true;
      joint.torque_on = servo.torque_on();
      const std::string place = JudgePlace(joint, servo, frame.time_ns(), limit_rad_s);
      const std::string speed = JudgeSpeed(joint, servo, frame.time_ns(), limit_rad_s);
      joint.last = {frame.time_ns(), servo.position_rad()};
      for (const std::string& what : {torque, place, speed}) {
        if (what.empty()) continue;
        blamed.try_emplace(servo.servo(), "servo " + std::to_string(servo.servo()) + ": " + what +
                                              " at " + std::to_string(frame.time_ns()) + " ns");
      }
    }
  }
  std::vector<std::string> complaints;
  for (auto& [servo, what] : blamed) complaints.push_back(std::move(what));
  return complaints;
}

}  // namespace soarm::test
