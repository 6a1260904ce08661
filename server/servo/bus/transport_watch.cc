#include "server/servo/bus/transport_watch.h"

#include <algorithm>

namespace soarm::servo {
namespace {

// So many ticks in a row in which nobody answers, for all that patience, end a look.
constexpr int kMostUnanswered = 3;
// What was heard so long ago was not just now.
constexpr Nanos kJustNow = std::chrono::milliseconds(1);

}  // namespace

void TransportWatch::Restart(MonoTime now) noexcept {
  samples_.clear();
  EndLook(now);
  calm_until_ = now;
}

void TransportWatch::EndLook(MonoTime now) noexcept {
  looking_ = missed_ = false;
  patience_ = kSlowestToDrive;
  calm_until_ = now + kCalmFor;
  looked_at_ = now;
}

void TransportWatch::Hear(bool late, bool answered, MonoTime now) noexcept {
  unanswered_ = answered ? 0 : unanswered_ + 1;
  if (looking_ && (now >= look_until_ || unanswered_ >= kMostUnanswered)) {
    samples_.clear();
    EndLook(now);
  }
  if (!late) return;
  if (looking_) {
    // Came after all, and the wait was too short for it. (An adapter may answer every tick only
    // because the wait of the look before it has brought it into step.)
    if (!answered || missed_) patience_ = kLongestAllowance;
  } else if (now >= calm_until_) {
    looking_ = true;
    missed_ = false;  // another look's
    unanswered_ = 0;
    look_until_ = now + kLookFor;
    samples_.clear();
  }
}

bool TransportWatch::IsDue(bool is_slow, MonoTime heard_at, bool room, MonoTime now) noexcept {
  const bool wanted = looking_ || (is_slow && now - looked_at_ >= kLookEvery);
  return wanted && now - heard_at <= kJustNow && wait_.MayBegin(room);
}

bool TransportWatch::Take(Nanos delay, TransportDelay& transport, TransportDelay::Bounds bounds,
                          MonoTime now) noexcept {
  looked_at_ = now;
  missed_ = false;
  if (samples_.size() == kSamples) {
    std::copy(samples_.begin() + 1, samples_.end(), samples_.begin());
    samples_.resize(kSamples - 1);
  }
  samples_.push_back(delay);
  if (samples_.size() < kSamples) return false;
  if (looking_) EndLook(now);
  return Decide(transport, bounds);
}

bool TransportWatch::Decide(TransportDelay& transport,
                            TransportDelay::Bounds bounds) const noexcept {
  Samples sorted = samples_;
  std::sort(sorted.begin(), sorted.end());
  const bool is_slow = TransportDelay::UsualOf(sorted) >= kSlowTransport;
  if (!is_slow && !transport.is_slow()) {
    transport.Cover(sorted);
    return false;
  }
  transport.Measured(sorted, bounds);
  return true;
}

}  // namespace soarm::servo
