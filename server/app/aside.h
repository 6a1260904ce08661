#pragma once

#include <functional>
#include <memory>

#include "common/time/clock.h"

namespace soarm {

// Work that may hang, on a thread of its own, which nobody has to wait for.
//
// Threads    one; the work runs on its own.
// Ownership  what the work uses must outlive the process where it is left behind unfinished.
class Aside {
 public:
  explicit Aside(std::function<void()> work);
  // Leaves unfinished work behind.
  ~Aside();
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

  // Whether it is done, waiting for that at most so long.
  bool WaitFor(Nanos patience) const;

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace soarm
