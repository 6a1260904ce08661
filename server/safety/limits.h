#pragma once

#include <cstdint>

#include "server/core/joint.h"
#include "server/core/robot_model.h"

namespace soarm {

// Where an applied target is and how fast it moves. For VELOCITY joints only the speed counts.
struct TargetState {
  double position_rad = 0;
  double velocity_rad_s = 0;
};

// What an applied target must respect in every tick, whoever asks.
struct TargetLimits {
  double lower_rad = 0;
  double upper_rad = 0;
  double velocity_rad_s = 0;
  double acceleration_rad_s2 = 0;
  double braking_rad_s2 = 0;  // of what is told to stop; no less than the acceleration
  double lead_max_rad = 0;    // furthest the target may be from the measured position
  double near_rad = 0;        // so near to its target a loaded joint is where it was sent
};

// How far a healthy joint at rest may be from its goal: a stretched SO-101 at 7.4 V sags 0.098 rad
// at the shoulder, so half as much again leaves room for a load in the hand. A smaller figure would
// make HOLD give way to gravity. With the factory's gain; LeRobot halves that, and a joint that
// gives twice as much gets twice as far ahead: the same force.
inline constexpr double kSag_rad = 0.15;
// A moving joint trails its goal by the servo's dead time (85 ms) and lag (30 ms).
inline constexpr double kLag_s = 0.12;
// What an arm sags under its own weight and half a newton metre, likewise.
inline constexpr double kNear_rad = 0.08;
// The gripper pushes on what it holds with stiffness times this; about 1 Nm.
inline constexpr double kGripMargin_rad = 0.12;

// The figure for a joint at rest.
constexpr double StaticLead(const JointModel& joint) noexcept {
  return (joint.is_gripper ? kGripMargin_rad : kSag_rad) * joint.give;
}

// How far a target that lately moved at `speed_rad_s` may be ahead of its joint.
constexpr double LeadAt(double static_lead_rad, double speed_rad_s) noexcept {
  return static_lead_rad + speed_rad_s * kLag_s;
}
// From its top speed a target that is told to stop comes to rest within this, however gently it is
// configured to be driven: what wheels take by default.
inline constexpr double kBrakesWithin_s = 0.31;
// How fast a target comes back that is further ahead of its joint than any load of ours needs.
inline constexpr double kDrawBack_rad_s = 1.0;
// How fast the lead of a target that was braked shrinks: slower than any joint catches up.
inline constexpr double kLeadDecay_rad_s2 = 10;
// The limits of one joint: the calibrated range less the margin, and the narrower configured one;
// its lead is the one at full speed.
TargetLimits LimitsOf(const JointModel& joint, const JointLimits& limits) noexcept;

// What stood between a request and the applied target; several may. A client is told one of them, a
// ClipKind.
enum class Clip : std::uint8_t {
  kNotFinite,     // the request was no number; the target is brought to rest
  kPosition,      // beyond the range
  kLead,          // too far ahead of the measured position
  kVelocity,      // far enough away that the speed limit, not only smoothing, delays it
  kAcceleration,  // being approached smoothly
};
struct ClipSet {
  std::uint8_t bits = 0;
  static constexpr std::uint8_t Bit(Clip clip) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(clip));
  }
  constexpr void Set(Clip clip) noexcept { bits = static_cast<std::uint8_t>(bits | Bit(clip)); }
  constexpr bool Has(Clip clip) const noexcept { return (bits & Bit(clip)) != 0; }
  // Smoothing alone is the normal way to reach a request and not worth telling the sender.
  constexpr bool IsWorthTelling() const noexcept { return (bits & ~Bit(Clip::kAcceleration)) != 0; }
};

struct LimitedTarget {
  TargetState next;
  ClipSet clip;
};

// How the request moves, which decides when to brake.
enum class Approach : std::uint8_t {
  kStopAtRequest,  // the request may be the last one: brake in time for it
  kTrack,          // the request is a point of a smooth plan: be on it wherever limits allow
};

// One tick of a POSITION joint. `speed_limit_rad_s` slows below the joint's own limit (speed
// scale); it is approached within the acceleration limit. What is too fast for its request or that
// speed, as both may change, is slowed down as by braking.
//
// The result never exceeds the velocity limit nor, but for slowing down, the acceleration limit;
// from inside the range it never leaves it, from outside it only holds or moves inwards; it brakes
// in time for the range's end and does not overshoot the request. When it is further than lead_max
// from the measured position, it is drawn back at kDrawBack at least, however slow it may otherwise
// be: nothing keeps it from yielding. What is not finite brings it to rest.
LimitedTarget LimitPosition(const TargetState& state, double desired_rad, double measured_rad,
                            const TargetLimits& limits, double speed_limit_rad_s, double dt_s,
                            Approach approach) noexcept;

// One tick of a VELOCITY joint: ramps to `desired_rad_s`; brakes where it is faster than its limit.
LimitedTarget LimitVelocity(const TargetState& state, double desired_rad_s,
                            const TargetLimits& limits, double dt_s) noexcept;

// One tick of braking as hard as the limits allow; ends at speed 0 exactly.
TargetState BringToRest(const TargetState& state, const TargetLimits& limits, double dt_s) noexcept;

}  // namespace soarm
