#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "server/core/actuator_bus.h"
#include "server/servo/bus/answer.h"
#include "server/servo/bus/debts.h"
#include "server/servo/bus/servo_link.h"
#include "server/servo/bus/servo_record.h"

namespace soarm::servo {

// The steps of a tick that are the same whatever the family. `Servos` is a range of what derives
// from ServoRecord, in bus order.
//
// Real time  every function.

// Whom a tick asks.
struct TickSlots {
  PerJoint<std::uint8_t> ids;
  ReplySlots slots;
  PerJoint<JointIndex> joints;  // whose each slot is
  Nanos patience{0};
};

// The servos that are not put aside.
template <typename Servos>
PerJoint<std::uint8_t> IdsOnTheList(const Servos& servos) noexcept {
  PerJoint<std::uint8_t> ids;
  for (const ServoRecord& servo : servos) {
    if (!servo.health.quarantined()) ids.push_back(servo.id);
  }
  return ids;
}

// Those of them whose answer to `block` could be told from a late one; the others miss this tick.
// There is `patience` as long as none of them missed its last answer.
template <typename Servos>
TickSlots SlotsOf(Servos& servos, std::span<JointSample> samples, const Debts& debts, Block block,
                  Nanos patience) noexcept {
  TickSlots tick;
  tick.patience = patience;
  for (std::size_t i = 0; i < servos.size(); ++i) {
    ServoRecord& servo = servos[i];
    servo.asked = !servo.health.quarantined() && !debts.Owes(servo.id, block.count);
    if (!servo.asked) {
      ++samples[i].misses;
      continue;
    }
    if (servo.health.misses() > 0) tick.patience = Nanos(0);
    tick.ids.push_back(servo.id);
    ReplySlot slot;
    slot.id = servo.id;
    slot.length = block.count;
    tick.slots.push_back(slot);
    tick.joints.push_back(static_cast<JointIndex>(i));
  }
  return tick;
}

// Takes what came beside the answers of the tick.
template <typename Servos>
void HearLate(const AskResult& asked, Servos& servos, BusTick& tick) noexcept {
  tick.lost = asked.lost;
  tick.foreign_bytes += asked.foreign_bytes;
  tick.answers_discarded += asked.discarded;
  for (ServoRecord& servo : servos) {
    if (std::ranges::count(asked.late_ids, servo.id) > 0) servo.health.OnLateAnswer();
  }
}

// Counts an answer that a joint owed in the tick and did not give.
inline void CountMiss(ServoRecord& servo, JointSample& sample, bool damaged, BusTick& tick,
                      MonoTime now) noexcept {
  constexpr std::uint32_t kMissesToDoubt = 2;
  if (++sample.misses >= kMissesToDoubt) DoubtWorking(servo);
  if (tick.late || tick.lost) return;
  if (damaged) {
    servo.health.OnDamaged(now);
    ++tick.answers_corrupt;
  } else {
    servo.health.OnMiss(now);
    ++tick.answers_missed;
  }
}

// Adds what a request beside the tick's own came to.
inline void Account(const Answer& answer, BusTick& tick) noexcept {
  tick.lost = tick.lost || answer.lost;
  tick.foreign_bytes += answer.foreign_bytes;
  tick.answers_discarded += answer.discarded;
  if (answer.damaged) ++tick.answers_corrupt;
}

}  // namespace soarm::servo
