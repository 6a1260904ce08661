#include "tests/adversary/judge/motion_rule.h"

#include <algorithm>
#include <cmath>

namespace soarm::adversary {

using namespace bounds;

void MotionRule::OnEvent(Time at, const What& what) {
  if (const auto* did = std::get_if<ProcessDid>(&what)) {
    // It keeps its last goal, which is within the lead.
    if (did->fate != ProcessFate::kKilled) return;
    for (Joint& joint : joints_) {
      if (at - joint.licensed_at > kComesToRest) continue;
      joint.low_rad -= kLead_rad;
      joint.high_rad += kLead_rad;
    }
  }
}

// What a joint under this much load may sag beside where it was.
double MotionRule::Slack(std::size_t i) const {
  const Trouble& trouble = case_.troubles.of(i);
  return std::abs(trouble.load_nm - joints_[i].load_nm) * kSagPerNm_rad;
}

void MotionRule::TakeLicences(std::size_t i, Time at) {
  Joint& joint = joints_[i];
  const JointFacts& facts = case_.scene.joints[i];
  bool any = false;
  for (const Licence& licence : case_.ledger.licences(i)) {
    const Time end = licence.until + kTicks;
    if (at > end) continue;
    any = true;
    joint.top_speed = at < joint.top_until ? std::max(joint.top_speed, licence.speed_rad_s)
                                           : licence.speed_rad_s;
    joint.top_until = at + kComesToRest;
    if (facts.kind == Kind::kVelocity) continue;
    joint.low_rad = std::min(joint.low_rad, licence.target);
    joint.high_rad = std::max(joint.high_rad, licence.target);
  }
  if (any) joint.licensed_at = at;
}

void MotionRule::JudgeArm(std::size_t i, const ShaftTruth& shaft, Time at) {
  Joint& joint = joints_[i];
  const JointFacts& facts = case_.scene.joints[i];
  const Trouble& trouble = case_.troubles.of(i);
  const bool driven = shaft.powered && shaft.attached && shaft.torque_on;
  const bool weak = std::abs(trouble.load_nm) > kHolds_Nm;
  const bool others = at < trouble.moved_by_world || at < trouble.by_another || weak;
  if (!driven || others || !joint.known) {
    // Somebody else's: whatever it does now, it is held to where it is afterwards.
    joint.free_until = at + kSwings / 2;
  }
  TakeLicences(i, at);
  if (at < joint.free_until) {
    joint.known = true;
    joint.low_rad = joint.high_rad = shaft.angle_rad;
    for (const Licence& licence : case_.ledger.licences(i)) {
      if (at > licence.until + kComesToRest) continue;
      joint.low_rad = std::min(joint.low_rad, licence.target);
      joint.high_rad = std::max(joint.high_rad, licence.target);
    }
    joint.load_nm = trouble.load_nm;
    joint.quiet_since = -1;
    return;
  }
  const bool licensed = at - joint.licensed_at <= kComesToRest;
  const bool stands = std::abs(shaft.speed_rad_s) < kStands_rad_s;
  if (licensed || !stands) joint.quiet_since = -1;
  if (!licensed && stands && joint.quiet_since < 0) {
    // It has come to rest: this is where it stays.
    joint.quiet_since = at;
    if (shaft.angle_rad >= joint.low_rad - kBeside_rad &&
        shaft.angle_rad <= joint.high_rad + kBeside_rad) {
      joint.low_rad = joint.high_rad = shaft.angle_rad;
      joint.load_nm = trouble.load_nm;
    }
  }
  const double beside = (joint.quiet_since >= 0 ? kStays_rad : kBeside_rad) + Slack(i);
  const double allowed_low = joint.low_rad - beside;
  const double allowed_high = joint.high_rad + beside;
  if (shaft.angle_rad < allowed_low || shaft.angle_rad > allowed_high) {
    case_.Accuse(at, "MOVES_UNCOMMANDED",
                 Say("%s is at %.4f rad, outside %.4f to %.4f; last licensed %.3f s ago",
                     case_.NameOf(i).c_str(), shaft.angle_rad, allowed_low, allowed_high,
                     static_cast<double>(at - joint.licensed_at) * 1e-9));
    joint.low_rad = joint.high_rad = shaft.angle_rad;
  }
  const bool lately = at < joint.top_until;
  const double top = (lately ? std::max(joint.top_speed, 0.0) : 0.0) * kFaster + kFasterBy_rad_s;
  if (lately && std::abs(shaft.speed_rad_s) > top && case_.troubles.IsReached(i, at)) {
    case_.Accuse(at, "TOO_FAST",
                 Say("%s turns at %.3f rad/s, allowed %.3f (limit %.2f)", case_.NameOf(i).c_str(),
                     shaft.speed_rad_s, top, facts.velocity_limit_rad_s));
    joint.free_until = at + kSwings;
  }
  if (!licensed && std::abs(shaft.speed_rad_s) > 2 * kStands_rad_s + kFasterBy_rad_s) {
    case_.Accuse(at, "DOES_NOT_STOP",
                 Say("%s turns at %.3f rad/s, %.3f s after its last licence",
                     case_.NameOf(i).c_str(), shaft.speed_rad_s,
                     static_cast<double>(at - joint.licensed_at) * 1e-9));
    joint.free_until = at + kSwings;
  }
}

void MotionRule::JudgeWheel(std::size_t i, const ShaftTruth& shaft, Time at) {
  Joint& joint = joints_[i];
  const Trouble& trouble = case_.troubles.of(i);
  TakeLicences(i, at);
  const bool driven = shaft.powered && shaft.attached && shaft.torque_on;
  // A killed or unplugged daemon's wheels turn on; a deaf one's cannot be told.
  const bool cut = case_.troubles.IsAway(at) ||
                   !case_.troubles.IsOpen(case_.scene.joints[i].bus, at) ||
                   trouble.damage > kDamageOvercome || at < trouble.by_another;
  const bool loaded = std::abs(trouble.load_nm) > 0 || trouble.blocked ||
                      at < trouble.moved_by_world;
  if (!driven || cut) joint.free_until = at + kWheelsStop;
  if (trouble.damage > 0 || trouble.deaf || at < trouble.unreached) {
    joint.free_until = std::max(joint.free_until, joint.licensed_at + kWheelsStopDamaged);
  }
  const bool licensed = at - joint.licensed_at <= kWheelsStop;
  if (licensed || at < joint.free_until || loaded) return;
  if (std::abs(shaft.speed_rad_s) <= 2 * kStands_rad_s) return;
  case_.Accuse(at, "DOES_NOT_STOP",
               Say("wheel %s turns at %.3f rad/s, %.3f s after its last licence",
                   case_.NameOf(i).c_str(), shaft.speed_rad_s,
                   static_cast<double>(at - joint.licensed_at) * 1e-9));
  joint.free_until = at + kSwings;
}

void MotionRule::OnTruth(const TruthFrame& frame) {
  joints_.resize(case_.scene.joints.size());
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    if (case_.scene.joints[i].kind == Kind::kVelocity) {
      JudgeWheel(i, frame.shafts[i], frame.at);
    } else {
      JudgeArm(i, frame.shafts[i], frame.at);
    }
  }
}

}  // namespace soarm::adversary
