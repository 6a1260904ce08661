#pragma once

#include "common/time/clock.h"

namespace soarm {

// How many calls a client may take back: some at once, few a second in the long run. Each costs
// gRPC memory that it never gives back (CVE-2023-44487), and who programs in earnest takes back
// few.
//
// Threads  one at a time.
class ResetBudget {
 public:
  static constexpr double kAtOnce = 256;
  static constexpr double kEachSecond = 50;

  explicit ResetBudget(MonoTime now) : since_(now) {}

  // False: it is used up.
  bool Take(MonoTime now);

 private:
  double left_ = kAtOnce;
  MonoTime since_;
};

}  // namespace soarm
