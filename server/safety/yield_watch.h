#pragma once

#include <optional>

#include "common/time/clock.h"

namespace soarm {

// Decides how far the target of a joint may be ahead of it while the joint is stuck.
//
// A target far ahead of a joint that stands still is a spring: it overheats the servo, and it leaps
// when the obstacle goes away. But the same distance may be what carries a load. Which of the two
// it is shows when the target yields: slowly, until the joint begins to give way. A joint that
// gives way gets its target back and keeps it; an obstacle is hardly pressed against in the end.
//
//   state      the lead is               left when
//   free       as given; without what    the joint stood for kPatience, more than kFar of the lead
//              its speed added where no  from its target -> yielding
//              command drives it and the
//              joint does not catch up
//   yielding   shrinking at kYield...    the joint gives way -> carrying; follows -> free;
//              towards `least_rad`       least_rad is reached -> let go
//   let go     `least_rad`               the joint gives way -> carrying; it moved, or its target
//                                        went to its other side -> free; kPressAgain later if a
//                                        command drives it -> pressing
//   pressing   as given, without what    the joint follows -> free; it stood for kPatience
//              its speed would add       -> yielding
//   carrying   what the load needs       the joint moved, or its target went to its other side
//                                        -> free; it stood for kPatience with its target further
//                                        ahead than the load needs -> yielding; kTryAgain later, as
//                                        what gave way may have been pushed -> yielding. Who gives
//                                        way again while it yields is believed; where it let go,
//                                        the next time is twice as long after. Its servo protects
//                                        itself, and no command drives it -> yielding
//
// Threads    none of its own; the cycle's. Pure: time is passed in.
// Real time  yes.
class YieldWatch {
 public:
  // Longer than any joint needs to catch up with a target that was brought to rest.
  static constexpr Nanos kPatience = std::chrono::milliseconds(300);
  static constexpr Nanos kPressAgain = std::chrono::seconds(1);
  static constexpr Nanos kTryAgain = std::chrono::seconds(1);
  static constexpr int kMostDoublings = 6;
  // What was found pressing is tried out so late: a daemon that ends and is started again and again
  // lowers no arm, and no servo overheats meanwhile.
  static constexpr Nanos kTryFound = std::chrono::seconds(16);
  static constexpr double kFar = 0.8;
  // Standing still: no further in kPatience. Four ticks are noise and the gears' play.
  static constexpr double kCreep_rad = 0.006;
  static constexpr double kGive_rad = 0.004;
  static constexpr double kMoved_rad = 0.05;

  // The lead for this tick. `lead_rad` is that of a joint at rest, `least_rad` what always stays;
  // `wanted_rad`: where a command wants the joint, if any does; `spared`: its target is drawn in
  // meanwhile, because its servo protects itself.
  double Update(double target_rad, double measured_rad, double lead_rad, double least_rad,
                std::optional<double> wanted_rad, bool spared, MonoTime now, double dt_s) noexcept;
  // Whether the lead is another than that of a joint that is free to move.
  bool stuck() const noexcept { return state_ != State::kFree || lags_; }
  // The target to go back to after it yielded to a load; nothing otherwise.
  std::optional<double> carried_target_rad() const noexcept {
    return state_ == State::kCarrying ? std::optional(pressed_target_rad_) : std::nullopt;
  }
  void Reset() noexcept { *this = YieldWatch(); }
  // A joint was found like this: what keeps it from its target is taken for a load for a while,
  // unless it is further from it than `lead_rad`, which no load explains.
  void AssumeLoad(double target_rad, double measured_rad, double lead_rad) noexcept;

 private:
  enum class State : std::uint8_t { kFree, kYielding, kLetGo, kPressing, kCarrying };
  void Press(State state, double target_rad, double measured_rad) noexcept;
  void LetGo(MonoTime now) noexcept;
  // The joint gives way: what it gets back is what carries it. The lead for this tick.
  double Carry(double measured_rad, double lead_rad, MonoTime now) noexcept;
  void Watch(double target_rad, double measured_rad, double lead_rad, MonoTime now) noexcept;
  // What was pressed towards is given up where a command wants less.
  void LeaveBehind(double target_rad, double wanted_rad) noexcept;
  void WatchLag(double distance_rad, double lead_rad, bool driven, MonoTime now) noexcept;

  State state_ = State::kFree;
  // kFree: has stood since, the epoch: has not; kLetGo: entered; kCarrying: the target has been
  // too far ahead since.
  MonoTime since_{};
  MonoTime carries_since_{};  // the epoch: from the next tick on
  MonoTime lags_since_{};
  bool lags_ = false;              // kFree: so far behind for kPatience, and nobody drives it
  bool found_ = false;             // kCarrying: since it was found, nothing has been tried out
  int tries_ = 0;                  // of kCarrying, in a row
  bool believed_ = false;          // kCarrying: it is a load
  double anchor_rad_ = 0;          // where it stood then
  double lead_rad_ = 0;            // kYielding; kCarrying: what the load needs
  double explained_rad_ = 0;       // kCarrying: and so much of it may be a load's
  double side_ = 1;                // of the target, seen from the joint
  double pressed_target_rad_ = 0;  // before it yielded, or as last commanded since
};

// How fast a target yields to a joint that cannot reach it; kDrawBack where it is further ahead
// than the lead of a joint at rest, because the joint was stopped in motion.
inline constexpr double kYieldSpeed_rad_s = 0.3;
// What stays of the lead of a joint that no load holds back: about a twelfth of full drive.
inline constexpr double kLeastLead_rad = 0.02;

}  // namespace soarm
