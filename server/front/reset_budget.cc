#include "server/front/reset_budget.h"

#include <algorithm>
#include <chrono>

namespace soarm {

bool ResetBudget::Take(MonoTime now) {
  const std::chrono::duration<double> passed = now - since_;
  since_ = now;
  left_ = std::min(kAtOnce, left_ + passed.count() * kEachSecond);
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

}  // namespace soarm
