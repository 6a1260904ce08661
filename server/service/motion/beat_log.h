#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "common/time/clock.h"

namespace soarm {

// When the beats of one command stream were sent, as far back as a command may still be fresh.
class BeatLog {
 public:
  // Numbers a beat sent at `sent_at`: 1, 2, ...
  std::uint64_t Add(MonoTime sent_at) {
    sent_at_[++newest_ % sent_at_.size()] = sent_at;
    return newest_;
  }
  // Nothing for a beat that was never sent. One too old to be remembered counts as sent when the
  // oldest remembered one was, which is long past any command's life.
  std::optional<MonoTime> SentAt(std::uint64_t number) const {
    if (number == 0 || number > newest_) return std::nullopt;
    const std::uint64_t size = sent_at_.size();
    if (newest_ - number >= size) number = newest_ - size + 1;
    return sent_at_[number % size];
  }

 private:
  std::array<MonoTime, 64> sent_at_{};
  std::uint64_t newest_ = 0;
};

}  // namespace soarm
