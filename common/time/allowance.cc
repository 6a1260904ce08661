#include "common/time/allowance.h"

#include <algorithm>
#include <chrono>

namespace soarm {

double Allowance::LeftAt(MonoTime now) const {
  const std::chrono::duration<double> passed = now - at_;
  return std::min(at_once_, left_ + passed.count() * each_second_);
}

void Allowance::Use(double amount, MonoTime now) {
  left_ = LeftAt(now) - amount;
  at_ = now;
}

bool Allowance::Take(MonoTime now) {
  if (LeftAt(now) < 1) return false;
  Use(1, now);
  return true;
}

}  // namespace soarm
