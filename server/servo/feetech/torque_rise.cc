#include "server/servo/feetech/torque_rise.h"

#include <cstdlib>

#include "server/servo/feetech/acting_goal.h"

namespace soarm::servo::feetech {
namespace {

constexpr int kLedTicks = 8;  // a goal that goes on by less is held

// Whether the profile still comes from a goal far away, which another program gave it.
bool IsOnItsWay(const BusContext& bus, std::size_t joint) noexcept {
  return bus.clock.Now() < bus.servos[joint].profile_arrives_at + kDeadTime;
}

}  // namespace

void TorqueRise::Start(const BusContext& bus) noexcept {
  started_ = bus.clock.Now();
  led_at_ = narrow_from_ = {};
  wide_ = 0;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) acting_[i] = ActingGoal(bus.servos[i]);
}

void TorqueRise::Watch(const BusContext& bus, JointMask joints) noexcept {
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!IsIn(joints, i) || bus.servos[i].kind != JointKind::kPosition) continue;
    const std::int32_t goal = ActingGoal(bus.servos[i]);
    const std::int32_t at = bus.samples[i].position_raw;
    const std::int32_t step = goal - acting_[i];
    // Further on from the joint; to its other side goes what is drawn in while it moves, and by
    // less what is held.
    const bool further = step > 0 ? acting_[i] >= at : acting_[i] <= at;
    if (further && std::abs(step) < kLedTicks) continue;
    if (further) led_at_ = bus.clock.Now();
    acting_[i] = goal;
  }
}

bool TorqueRise::IsWide(const BusContext& bus, std::size_t joint) const noexcept {
  const ServoState& servo = bus.servos[joint];
  const std::int32_t gap = ActingGoal(servo) - bus.samples[joint].position_raw;
  // Beside the present goal the one before may still act.
  const bool acts = bus.clock.Now() >= started_ + kDeadTime;
  return !acts || std::abs(gap) > FullDriveTicks(servo) + kPlayTicks;
}

JointMask TorqueRise::Waiting(const BusContext& bus, JointMask joints,
                              std::span<const std::int32_t> limits) noexcept {
  const MonoTime now = bus.clock.Now();
  const bool led = led_at_ != MonoTime{} && now - led_at_ < kDeadTime;
  JointMask wide = 0;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    const ServoState& servo = bus.servos[i];
    const bool rises = servo.kind == JointKind::kPosition && servo.working.torque_limit < limits[i];
    if (!IsIn(joints, i) || !rises) continue;
    if (IsOnItsWay(bus, i) || (!led && IsWide(bus, i))) wide |= MaskOf(i);
  }
  if (led) narrow_from_ = {};
  if (wide != 0) {
    narrow_from_ = now + kDeadTime;
    wide_ = wide;
  }
  return now < narrow_from_ ? wide_ & joints : JointMask{0};
}

}  // namespace soarm::servo::feetech
