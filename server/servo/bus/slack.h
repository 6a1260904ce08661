#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "common/time/clock.h"
#include "server/servo/bus/answer.h"
#include "server/servo/bus/servo_record.h"

namespace soarm::servo {

// Whose turn it is in what a tick leaves over. What is begun there usually fits into the rest of
// the period; where that leaves no room (a slow host, a high rate) it costs a tick now and then,
// because whatever waited for room for ever would never be done.

// Something that waits for room for at most so many ticks.
//
// Real time  every function.
class RoomWait {
 public:
  constexpr explicit RoomWait(int ticks) noexcept : ticks_(ticks) {}

  // Once a tick: whether to begin now.
  constexpr bool MayBegin(bool room) noexcept {
    if (!room && ++waited_ < ticks_) return false;
    waited_ = 0;
    return true;
  }
  constexpr void Reset() noexcept { waited_ = 0; }

 private:
  int ticks_;
  int waited_ = 0;
};

// Looks for the servos that are put aside, one at a time and in turn.
//
// Real time  every function.
class Probing {
 public:
  // However little the ticks leave over, one of them is probed this often.
  static constexpr Nanos kAtLeastEvery = std::chrono::milliseconds(200);
  // What has to stand and is not heard is switched off soon: until then it comes first, as often as
  // three wheels are each asked twice. Who was put aside for another one's silence is found by
  // that.
  static constexpr Nanos kUrgentEvery = std::chrono::milliseconds(20);
  static constexpr Nanos kUrgentFor = std::chrono::milliseconds(150);

  // The servo to probe, if one is due; once a tick.
  template <typename Servos>
  std::optional<std::size_t> Next(Servos& servos, MonoTime now) noexcept {
    std::optional<std::size_t> due;
    const std::size_t count = servos.size();
    urgent_ = false;
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t joint = (next_ + k) % count;
      if (!servos[joint].health.ProbeDue(now)) continue;
      const bool urgent = IsUrgent(servos[joint], now);
      if (due && (urgent_ || !urgent)) continue;
      due = joint;
      urgent_ = urgent;
    }
    if (due) next_ = *due + 1;
    return due;
  }
  bool MayBegin(bool room, MonoTime now) noexcept {
    const bool overdue = now - probed_at_ >= (urgent_ ? kUrgentEvery : kAtLeastEvery);
    if (!overdue && !room) return false;
    probed_at_ = now;
    return true;
  }
  // What the probe of that servo came to.
  template <typename Servos>
  static void Take(Servos& servos, std::size_t joint, const Answer& answer, MonoTime now) noexcept {
    ServoRecord& servo = servos[joint];
    servo.health.OnProbed(now);
    if (answer.answered) {
      servo.health.OnProbeAnswered();
      DoubtWorking(servo);
      for (ServoRecord& other : servos) other.health.ProbeSoon();
    } else if (answer.sent) {
      servo.health.OnProbeFailed(answer.damaged);
    }
  }

 private:
  static bool IsUrgent(const ServoRecord& servo, MonoTime now) noexcept {
    return servo.rest_wanted_since != MonoTime{} && now - servo.rest_wanted_since < kUrgentFor;
  }

  std::size_t next_ = 0;  // joint to look at first
  bool urgent_ = false;   // whose turn it is
  MonoTime probed_at_{};
};

}  // namespace soarm::servo
