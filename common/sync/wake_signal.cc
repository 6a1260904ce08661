#include "common/sync/wake_signal.h"

#include <climits>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace soarm {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

long Futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const timespec* until) noexcept {
  return syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, until, nullptr,
                 FUTEX_BITSET_MATCH_ANY);
}

}  // namespace

void WakeSignal::Notify() noexcept {
  // Sequentially consistent against the waiter's pair: either we see the waiter, or it sees the
  // new count and does not sleep.
  count_.fetch_add(1, std::memory_order_seq_cst);
  if (waiters_.load(std::memory_order_seq_cst) != 0) {
    Futex(count_, FUTEX_WAKE, INT_MAX, nullptr);
  }
}

void WakeSignal::Wait(std::uint32_t seen, MonoTime deadline) noexcept {
  const Nanos since_epoch = deadline.time_since_epoch();
  const timespec until = {since_epoch / std::chrono::seconds(1),
                          (since_epoch % std::chrono::seconds(1)).count()};
  waiters_.fetch_add(1, std::memory_order_seq_cst);
  if (count_.load(std::memory_order_seq_cst) == seen) {
    Futex(count_, FUTEX_WAIT_BITSET, seen, &until);  // absolute, CLOCK_MONOTONIC
  }
  waiters_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace soarm
