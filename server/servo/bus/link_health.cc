#include "server/servo/bus/link_health.h"

#include <algorithm>
#include <limits>

namespace soarm::servo {

namespace {

// Good answers that make up for a damaged one; no more are remembered than these.
constexpr int kDisorderPerError = 40;
constexpr int kMostDisorder = 12 * kDisorderPerError;
constexpr double kAnswersRemembered = 500;
// A whole answer weighs more than so many damaged ones; a doubled one is as good as some of these.
// Of two that collide one answer in thirty is whole, as they came one after the other; where noise
// damages one byte in twenty, one in four.
constexpr int kAgainstTwins = 10;
constexpr int kDoubledForTwins = 20;
constexpr int kMostTwins = 2 * LinkHealth::kTwinsAlarm;

// Of the answers: more than a healthy bus damages in a day.
constexpr double kNoisy_share = 0.01;

}  // namespace

void LinkHealth::OnAnswer() noexcept {
  OnProbeAnswered();
  last_damaged_ = false;
  disorder_ = std::max(0, disorder_ - 1);
  damaged_share_ -= damaged_share_ / kAnswersRemembered;
  twins_ = std::max(0, twins_ - kAgainstTwins);
}

void LinkHealth::OnRepeated() noexcept {
  twins_ = std::min(twins_ + kAgainstTwins + kDoubledForTwins, kMostTwins);
}

void LinkHealth::OnProbeAnswered() noexcept {
  quarantined_ = false;
  misses_ = 0;
}

void LinkHealth::OnLateAnswer() noexcept {
  if (quarantined_) {
    answers_late_ = true;
  } else {
    misses_ = 0;
  }
}

void LinkHealth::OnDamaged(MonoTime now) noexcept {
  last_damaged_ = true;
  disorder_ = std::min(disorder_ + kDisorderPerError, kMostDisorder);
  damaged_share_ += (1 - damaged_share_) / kAnswersRemembered;
  twins_ = std::min(twins_ + 1, kMostTwins);
  CountMiss(now);
}

void LinkHealth::OnMiss(MonoTime now) noexcept {
  last_damaged_ = false;
  CountMiss(now);
}

void LinkHealth::CountMiss(MonoTime now) noexcept {
  if (misses_ == 0) silent_since_ = now;
  if (misses_ < std::numeric_limits<int>::max()) ++misses_;
  if (misses_ >= kMissesToQuarantine && !quarantined_) {
    quarantined_ = true;
    ticks_to_probe_ = kProbeTicks;
  }
}

void LinkHealth::Quarantine(MonoTime now) noexcept {
  silent_since_ = now;
  misses_ = kMissesToQuarantine;
  quarantined_ = true;
  ticks_to_probe_ = kProbeTicks;
}

bool LinkHealth::ProbeDue(MonoTime now) noexcept {
  if (!quarantined_) return false;
  if (ticks_to_probe_ > 0) --ticks_to_probe_;
  if (now - silent_since_ >= kSlowAfter) return now >= next_slow_probe_;
  return ticks_to_probe_ == 0;
}

void LinkHealth::OnProbed(MonoTime now) noexcept {
  ticks_to_probe_ = kProbeTicks;
  next_slow_probe_ = now + kSlowEvery;
  answers_late_ = false;
}

FaultSet LinkHealth::faults() const noexcept {
  FaultSet faults;
  if (misses_ > 0) {
    faults.Set(last_damaged_ ? Fault::kCorruptReply : Fault::kNoReply);
  } else if (damaged_share_ >= kNoisy_share) {
    faults.Set(Fault::kCorruptReply);
  }
  if (quarantined_) faults.Set(Fault::kQuarantined);
  return faults;
}

void LinkHealth::ProbeSoon() noexcept {
  ticks_to_probe_ = 0;
  next_slow_probe_ = {};
}

}  // namespace soarm::servo
