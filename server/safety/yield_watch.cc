#include "server/safety/yield_watch.h"

#include <algorithm>
#include <cmath>

#include "server/safety/limits.h"

namespace soarm {

void YieldWatch::Watch(double target_rad, double measured_rad, double lead_rad,
                       MonoTime now) noexcept {
  const double distance = target_rad - measured_rad;
  if (std::abs(distance) <= kFar * lead_rad) {
    since_ = MonoTime{};
    return;
  }
  if (since_ == MonoTime{} || std::abs(measured_rad - anchor_rad_) > kCreep_rad) {
    since_ = now;
    anchor_rad_ = measured_rad;
  }
  if (now - since_ >= kPatience) Press(State::kYielding, target_rad, measured_rad);
}

void YieldWatch::WatchLag(double distance_rad, double lead_rad, bool driven,
                          MonoTime now) noexcept {
  const bool near = std::abs(distance_rad) <= lead_rad;
  if (driven || near || lags_since_ == MonoTime{}) lags_since_ = now;
  lags_ = now - lags_since_ >= kPatience;
}

void YieldWatch::Press(State state, double target_rad, double measured_rad) noexcept {
  state_ = state;
  lags_ = false;
  since_ = MonoTime{};
  anchor_rad_ = measured_rad;
  pressed_target_rad_ = target_rad;
  lead_rad_ = explained_rad_ = std::abs(target_rad - measured_rad);
  side_ = target_rad >= measured_rad ? 1 : -1;
  if (state != State::kCarrying) found_ = false;
}

void YieldWatch::AssumeLoad(double target_rad, double measured_rad, double lead_rad) noexcept {
  Press(State::kCarrying, target_rad, measured_rad);
  explained_rad_ = std::min(explained_rad_, lead_rad);
  carries_since_ = MonoTime{};
  believed_ = false;
  found_ = true;
}

void YieldWatch::LetGo(MonoTime now) noexcept {
  state_ = State::kLetGo;
  believed_ = false;
  since_ = now;
}

double YieldWatch::Carry(double measured_rad, double lead_rad, MonoTime now) noexcept {
  state_ = State::kCarrying;
  carries_since_ = now;
  since_ = MonoTime{};
  // A target that its speed had led further ahead comes back no further than a load explains.
  pressed_target_rad_ =
      std::clamp(pressed_target_rad_, anchor_rad_ - lead_rad, anchor_rad_ + lead_rad);
  lead_rad_ = explained_rad_ = std::abs(pressed_target_rad_ - measured_rad);
  return std::max(lead_rad, lead_rad_);
}

void YieldWatch::LeaveBehind(double target_rad, double wanted_rad) noexcept {
  if (state_ == State::kCarrying) {
    pressed_target_rad_ = target_rad;
  } else if (side_ * wanted_rad < side_ * pressed_target_rad_) {
    // As far as the target has really been led back.
    pressed_target_rad_ = side_ * std::max(side_ * wanted_rad, side_ * target_rad);
  }
}

double YieldWatch::Update(double target_rad, double measured_rad, double lead_rad, double least_rad,
                          std::optional<double> wanted_rad, bool spared, MonoTime now,
                          double dt_s) noexcept {
  if (wanted_rad) LeaveBehind(target_rad, *wanted_rad);
  const double distance = target_rad - measured_rad;
  const double followed = side_ * (measured_rad - anchor_rad_);
  const bool moved = std::abs(followed) > kMoved_rad;
  const bool turned = side_ * distance < 0;
  switch (state_) {
    case State::kFree:
      WatchLag(distance, lead_rad, wanted_rad.has_value(), now);
      Watch(target_rad, measured_rad, lead_rad, now);
      return lead_rad;
    case State::kYielding:
      if (followed > kGive_rad || turned) {
        Reset();
        return lead_rad;
      }
      if (followed < -kGive_rad) return Carry(measured_rad, lead_rad, now);
      lead_rad_ -= (lead_rad_ > lead_rad ? kDrawBack_rad_s : kYieldSpeed_rad_s) * dt_s;
      lead_rad_ = std::max(least_rad, lead_rad_);
      if (lead_rad_ <= least_rad) LetGo(now);
      return lead_rad_;
    case State::kLetGo:
      if (moved || turned) {
        Reset();
        return lead_rad;
      }
      if (followed < -kGive_rad) return Carry(measured_rad, lead_rad, now);
      if (!wanted_rad || now - since_ < kPressAgain) return least_rad;
      state_ = State::kPressing;  // without the lead of its speed, as it may still be stuck
      since_ = MonoTime{};
      return lead_rad;
    case State::kPressing:
      if (followed > kGive_rad || turned) {
        Reset();
        return lead_rad;
      }
      Watch(target_rad, measured_rad, lead_rad, now);
      return lead_rad;
    case State::kCarrying:
      if (moved || turned) {
        Reset();
        return lead_rad;
      }
      if (carries_since_ == MonoTime{}) carries_since_ = now;
      if (spared && !wanted_rad) {  // it is let go of in any case: that tells what it carries
        Press(State::kYielding, pressed_target_rad_, measured_rad);
        return lead_rad_;
      }
      if (std::abs(distance) <= explained_rad_ + kMoved_rad) {
        since_ = MonoTime{};
      } else if (since_ == MonoTime{}) {
        since_ = now;
      } else if (now - since_ >= kPatience) {
        Press(State::kYielding, target_rad, measured_rad);
        return lead_rad_;
      }
      if (!believed_ && std::abs(distance) > kFar * lead_rad &&
          now - carries_since_ >= (found_ ? kTryFound : kTryAgain * (1 << tries_))) {
        believed_ = true;
        if (!found_) tries_ = std::min(tries_ + 1, kMostDoublings);
        Press(State::kYielding, target_rad, measured_rad);
        return lead_rad_;
      }
      // What the load needs, and not what a command adds to it.
      return std::max(lead_rad, lead_rad_);
  }
  return lead_rad;
}

}  // namespace soarm
