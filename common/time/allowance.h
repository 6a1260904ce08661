#pragma once

#include "common/time/clock.h"

namespace soarm {

// How much of something may be had: some at once, and in the long run so much a second.
//
// Threads  one at a time.
class Allowance {
 public:
  Allowance(double at_once, double each_second, MonoTime now)
      : at_once_(at_once), each_second_(each_second), left_(at_once), at_(now) {}

  // One; false: it is used up.
  bool Take(MonoTime now);
  bool IsLeft(MonoTime now) const { return LeftAt(now) > 0; }
  // Nothing of it was used lately.
  bool IsFull(MonoTime now) const { return LeftAt(now) >= at_once_; }
  // What is used last may be more than is left.
  void Use(double amount, MonoTime now);

 private:
  double LeftAt(MonoTime now) const;

  double at_once_;
  double each_second_;
  double left_;
  MonoTime at_;
};

}  // namespace soarm
