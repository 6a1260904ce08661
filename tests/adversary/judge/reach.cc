#include "tests/adversary/judge/reach.h"

#include <algorithm>

namespace soarm::adversary {

void Reach::Join(Hull& hull, const Hull& other) {
  if (!other.any) return;
  hull.low = hull.any ? std::min(hull.low, other.low) : other.low;
  hull.high = hull.any ? std::max(hull.high, other.high) : other.high;
  hull.top_speed = hull.any ? std::max(hull.top_speed, other.top_speed) : other.top_speed;
  hull.any = true;
}

void Reach::MoveTo(Time at) {
  if (at < turn_at_) return;
  if (at >= turn_at_ + static_cast<Time>(kBuckets) * kWidth) {
    Clear();
    turn_at_ = at + kWidth;
    return;
  }
  while (at >= turn_at_) {
    newest_ = (newest_ + 1) % kBuckets;
    buckets_[newest_] = {};
    turn_at_ += kWidth;
  }
  hull_ = {};
  for (const Hull& bucket : buckets_) Join(hull_, bucket);
}

void Reach::Allow(Time at, double target, double top_speed) {
  MoveTo(at);
  const Hull one{.any = true, .low = target, .high = target, .top_speed = top_speed};
  Join(buckets_[newest_], one);
  Join(hull_, one);
}

const Reach::Hull& Reach::At(Time at) {
  MoveTo(at);
  return hull_;
}

void Reach::Clear() {
  buckets_.fill({});
  hull_ = {};
}

}  // namespace soarm::adversary
