#pragma once

#include <cstdint>

#include "common/time/clock.h"
#include "server/core/fault.h"

namespace soarm::servo {

// Whether one servo answers, and when to ask it again if it does not.
//
//   state        entered by              asked
//   on the list  an answer               every tick
//   quarantined  three misses in a row   by PING, every 5th tick; once a second after 1 s, and
//                                        when another servo was found again
//
// A quarantined servo is off the list, because an absent id costs every tick the whole allowance
// for late answers.
//
// Real time  every function.
class LinkHealth {
 public:
  static constexpr int kMissesToQuarantine = 3;
  static constexpr int kProbeTicks = 5;
  static constexpr Nanos kSlowAfter = std::chrono::seconds(1);
  static constexpr Nanos kSlowEvery = std::chrono::seconds(1);

  // An answer in its slot, valid or damaged.
  void OnAnswer() noexcept;
  // An answer to an older request: useless as data, but proof that the servo is there. One that is
  // quarantined wants a probe with patience.
  void OnLateAnswer() noexcept;
  void OnDamaged(MonoTime now) noexcept;
  void OnMiss(MonoTime now) noexcept;
  // Put aside without waiting for three misses: it did not answer when the bus was opened.
  void Quarantine(MonoTime now) noexcept;
  // Whether to probe now; counts ticks, so call it once a tick.
  bool ProbeDue(MonoTime now) noexcept;
  void OnProbed(MonoTime now) noexcept;
  // The probe was answered: back on the list.
  void OnProbeAnswered() noexcept;
  // Another servo of the bus was found again: what silenced that one may be over for this one too.
  void ProbeSoon() noexcept;
  // The probe was not answered, or with rubble: why it is quarantined, as of now.
  void OnProbeFailed(bool damaged) noexcept { last_damaged_ = damaged; }
  // A second answer came.
  void OnRepeated() noexcept;

  // Whether one damaged answer or more of late makes what it says doubtful.
  bool is_disordered() const noexcept { return disorder_ > 0; }
  // Of its last some hundred answers, those that were damaged; 0..1.
  double damaged_share() const noexcept { return damaged_share_; }
  // Whether two servos have this id: it answers again and again, and hardly ever whole, as the two
  // collide; or twice. Noise that damages one byte in twenty leaves one answer in four whole.
  bool shares_its_id() const noexcept { return twins_ >= kTwinsAlarm; }
  // It answered pings and could not be read when the bus was opened; a whole answer ends that.
  void SuspectTwins() noexcept { twins_ = kTwinsAlarm; }

  // What a joint's sample says of all that.
  FaultSet faults() const noexcept;

  bool quarantined() const noexcept { return quarantined_; }
  // Whether the last probe was answered too late.
  bool answers_late() const noexcept { return answers_late_; }
  int misses() const noexcept { return misses_; }
  bool last_damaged() const noexcept { return last_damaged_; }

  static constexpr int kTwinsAlarm = 100;  // damaged answers with hardly a good one

 private:
  void CountMiss(MonoTime now) noexcept;

  bool quarantined_ = false;
  bool last_damaged_ = false;
  bool answers_late_ = false;
  int misses_ = 0;
  int disorder_ = 0;
  int twins_ = 0;
  double damaged_share_ = 0;
  int ticks_to_probe_ = 0;
  MonoTime silent_since_{};
  MonoTime next_slow_probe_{};
};

}  // namespace soarm::servo
