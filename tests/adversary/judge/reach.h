#pragma once

#include <array>
#include <cstddef>

#include "tests/adversary/judge/bounds.h"

namespace soarm::adversary {

// Where one joint has lately been told to go: the hull of all targets that were licensed within a
// sliding window, and the highest speed that any of them allowed. A target counts from when it was
// licensed until a window after that ended, in which the joint may still be on its way there.
//
// Constant work for each target and each look; not thread-safe.
class Reach {
 public:
  struct Hull {
    bool any = false;
    double low = 0;
    double high = 0;
    double top_speed = 0;
  };

  void Allow(Time at, double target, double top_speed);
  // What has been allowed within the window before `at`.
  const Hull& At(Time at);
  void Clear();

 private:
  static constexpr std::size_t kBuckets = 8;
  static constexpr Time kWidth = bounds::kOnItsWay / static_cast<Time>(kBuckets - 1) + 1;
  static void Join(Hull& hull, const Hull& other);
  void MoveTo(Time at);

  std::array<Hull, kBuckets> buckets_{};
  std::size_t newest_ = 0;
  Time turn_at_ = 0;  // when the newest bucket ends
  Hull hull_;         // of all buckets
};

}  // namespace soarm::adversary
