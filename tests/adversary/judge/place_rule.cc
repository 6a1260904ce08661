#include "tests/adversary/judge/place_rule.h"

#include <algorithm>
#include <cmath>

namespace soarm::adversary {

using namespace bounds;

// Where it is told to go. What a radian means on a joint that another program has calibrated anew
// is not known here: it may go anywhere while somebody commands it, and stops like any other.
Reach::Hull PlaceRule::WayOf(std::size_t i) const {
  Reach::Hull way = case_.drives.of(i).lately;
  if (case_.troubles.of(i).recalibrated) {
    way.low = -kAnywhere_rad;
    way.high = kAnywhere_rad;
  }
  return way;
}

double BrakingOf(const JointFacts& facts) {
  return std::max(facts.acceleration_limit_rad_s2, facts.velocity_limit_rad_s / kBrakes_s);
}

// The interval while a licence stands, and what is left of it when the last one ends.
void PlaceRule::Follow(std::size_t i, const ShaftTruth& shaft, Time at) {
  Joint& joint = joints_[i];
  const Drive& drive = case_.drives.of(i);
  const double angle = shaft.angle_rad;
  if (drive.licensed) {
    const Reach::Hull hull = WayOf(i);
    joint.stands = false;
    joint.low_rad = std::min(joint.low_rad, hull.low);
    joint.high_rad = std::max(joint.high_rad, hull.high);
    // What springs comes back before it goes where it is told.
    const bool springs = at < case_.troubles.of(i).springs;
    if (angle < hull.low && !springs) joint.low_rad = std::max(joint.low_rad, angle);
    if (angle >= hull.low) joint.low_rad = hull.low;
    if (angle > hull.high && !springs) joint.high_rad = std::min(joint.high_rad, angle);
    if (angle <= hull.high) joint.high_rad = hull.high;
  } else if (joint.licensed) {
    const JointFacts& facts = case_.scene.joints[i];
    const double speed = std::abs(shaft.speed_rad_s);
    const double top = std::min(std::max(drive.lately.top_speed, speed),
                                speed + facts.acceleration_limit_rad_s2 * kLag_s);
    const double way =
        top * (static_cast<double>(kTicks) * 1e-9 + kLag_s) + top * top / (2 * BrakingOf(facts));
    joint.low_rad = std::max(joint.low_rad, std::min(angle, joint.high_rad) - way);
    joint.high_rad = std::min(joint.high_rad, std::max(angle, joint.low_rad) + way);
  }
  joint.licensed = drive.licensed;
}

// Holds a joint that has come to rest to its place.
void PlaceRule::Settle(std::size_t i, const ShaftTruth& shaft, Time at) {
  Joint& joint = joints_[i];
  if (!case_.drives.ShouldStand(i, at) || case_.troubles.IsPushed(i, at)) {
    joint.stands = false;
    return;
  }
  const double angle = shaft.angle_rad;
  // What has just come under torque does not carry its load yet.
  const bool carries = at > case_.drives.of(i).torque_since + kSwings;
  const bool has_sagged = joint.stands && carries && !joint.carries;
  if ((joint.stands && !has_sagged) || std::abs(shaft.speed_rad_s) >= kStands_rad_s) return;
  // Where its fall ends it turns back.
  if (joint.caught_rad > 0 && at < case_.drives.of(i).torque_since + 2 * kCaught) return;
  if (angle < joint.low_rad - Beside(i) || angle > joint.high_rad + Beside(i)) return;
  joint.stands = true;
  joint.swung = joint.sprung = false;
  joint.caught_rad = 0;
  joint.stands_since = at;
  joint.low_rad = joint.high_rad = angle;
  joint.carries = carries;
  if (carries) joint.load_nm = case_.troubles.of(i).load_nm;
}

double PlaceRule::Beside(std::size_t i) const {
  const Joint& joint = joints_[i];
  const Trouble& trouble = case_.troubles.of(i);
  const bool posed = case_.drives.others_moved_at(i) > joint.stands_since;
  const double supply = std::max(trouble.supply_share, 0.1);
  const double give = case_.scene.joints[i].give;
  double beside =
      joint.stands ? kStays_rad + (posed ? kSagByPose_rad * give : 0) : kBeside_rad * give;
  // Its own weight sags it by more where the supply is low.
  if (joint.stands && !joint.carries) beside = std::max(beside, kStays_rad * give / supply);
  const double sag = std::abs(trouble.load_nm - joint.load_nm) * kSagPerNm_rad * give / supply;
  beside += joint.swung ? 2 * sag : sag;  // a sudden load swings to twice its sag
  if (joint.sprung) beside += kLead_rad * give + kLag_s * case_.drives.of(i).left_with_rad_s;
  return beside + joint.caught_rad;
}

void PlaceRule::Judge(std::size_t i, const ShaftTruth& shaft, Time at) {
  Joint& joint = joints_[i];
  const Drive& drive = case_.drives.of(i);
  const double angle = shaft.angle_rad;
  // Where its range ends elsewhere, a goal that lets go of an obstacle may be no goal at all.
  const bool cannot_yield = case_.troubles.of(i).recalibrated && at < case_.troubles.of(i).springs;
  if (!joint.known || !drive.driven || at < drive.not_ours_until || cannot_yield) {
    // Somebody else's; it is held to where it is afterwards, or where braking takes it. A limp one
    // carries no load yet.
    joint = {.known = true, .low_rad = -kAnywhere_rad, .high_rad = kAnywhere_rad, .licensed = true};
    if (drive.driven) joint.load_nm = case_.troubles.of(i).load_nm;
    return;
  }
  if (case_.troubles.of(i).held) {  // back to where it came from, it may go
    joint.low_rad = std::min(joint.low_rad, angle);
    joint.high_rad = std::max(joint.high_rad, angle);
  }
  // What the world has pushed is still beside its place until it has come to rest again.
  joint.swung = joint.swung || at < case_.troubles.of(i).swings;
  joint.sprung = joint.sprung || at < case_.troubles.of(i).springs;
  const double speed = std::abs(shaft.speed_rad_s);
  if (at == drive.torque_since && speed > kStands_rad_s) {
    // What falls or swings is held where it was read before its torque came, and goes on until
    // then.
    joint.caught_rad = speed * 2 * static_cast<double>(kTicks) * 1e-9;
  }
  Follow(i, shaft, at);
  Settle(i, shaft, at);
  const double beside = Beside(i);
  if (angle >= joint.low_rad - beside && angle <= joint.high_rad + beside) return;
  case_.Accuse(at, "MOVES_UNCOMMANDED",
               Say("%s is at %.4f rad, allowed %.4f to %.4f +- %.4f; %s, last licence ended %.3f s "
                   "ago",
                   case_.NameOf(i).c_str(), angle, joint.low_rad, joint.high_rad, beside,
                   joint.stands ? "it stood" : "it was on its way",
                   static_cast<double>(at - std::max<Time>(drive.ended_at, 0)) * 1e-9));
  joint.low_rad = std::min(joint.low_rad, angle);
  joint.high_rad = std::max(joint.high_rad, angle);
}

void PlaceRule::OnTruth(const TruthFrame& frame) {
  joints_.resize(case_.scene.joints.size());
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    if (case_.scene.joints[i].kind == Kind::kPosition) Judge(i, frame.shafts[i], frame.at);
  }
}

}  // namespace soarm::adversary
