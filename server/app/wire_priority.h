#pragma once

#include <sched.h>

namespace soarm {

// While it lives, threads that the calling thread starts get real-time priority above the control
// threads', where the system allows it: a simulated wire must keep its time as copper does, however
// busy the machine is. Without the permission nothing changes.
class WirePriority {
 public:
  WirePriority();
  ~WirePriority();
  WirePriority(const WirePriority&) = delete;
  WirePriority& operator=(const WirePriority&) = delete;

 private:
  int policy_before_ = SCHED_OTHER;
  sched_param before_{};
};

}  // namespace soarm
