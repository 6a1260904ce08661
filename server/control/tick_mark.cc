#include "server/control/tick_mark.h"

#include <array>

#include <unistd.h>

namespace soarm::control {
namespace {

[[gnu::section("soarm_ticks"),
  gnu::used]] constinit std::array<TickMark::Mark, TickMark::kMost> marks{};

}  // namespace

TickMark::TickMark() noexcept {
  for (Mark& mark : marks) {
    std::int32_t free = 0;
    if (!mark.thread.compare_exchange_strong(free, gettid())) continue;
    mark_ = &mark;
    return;
  }
}

TickMark::~TickMark() {
  if (mark_ == nullptr) return;
  Set(false);
  mark_->thread.store(0);
}

}  // namespace soarm::control
