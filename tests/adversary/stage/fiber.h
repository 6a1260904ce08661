#pragma once

#include <cstddef>
#include <functional>

#include <ucontext.h>

namespace soarm::adversary {

// A body of code with a stack of its own that gives way by hand: what stands in for a thread of
// the daemon where the order of everything has to be known.
//
// Threads    one, for all fibers.
// Ownership  a fiber whose body has not returned is not destroyed properly: what is on its stack
//            stays. Its owner lets it run out first.
class Fiber {
 public:
  // Of the code that is running already; it has no body.
  Fiber();
  // `body` never returns: it ends by switching away for good.
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Leaves off here, goes on there. Returns when somebody switches back to this one.
  // `for_good`: never comes back.
  void SwitchTo(Fiber& other, bool for_good = false);

 private:
  static void Enter();
  void AfterSwitch();

  std::function<void()> body_;
  ucontext_t context_{};
  [[maybe_unused]] void* shadow_ = nullptr;  // the sanitizer's
  void* bottom_ = nullptr;                   // of the stack; owned where there is a body
  std::size_t size_ = 0;
};

}  // namespace soarm::adversary
