#include "server/control/operation_queue.h"

namespace soarm::control {

std::optional<std::size_t> OperationQueue::Post(const Request& request) noexcept {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    Phase expected = Phase::kFree;
    if (!slot.phase.compare_exchange_strong(expected, Phase::kFilling, std::memory_order_acq_rel)) {
      continue;
    }
    slot.request = request;
    slot.ticket.store(tickets_.fetch_add(1, std::memory_order_relaxed), std::memory_order_relaxed);
    slot.phase.store(Phase::kPosted, std::memory_order_release);
    return i;
  }
  return std::nullopt;
}

std::optional<Reply> OperationQueue::Poll(std::size_t slot) noexcept {
  if (slots_[slot].phase.load(std::memory_order_acquire) != Phase::kReplied) return std::nullopt;
  const Reply reply = slots_[slot].reply;
  slots_[slot].phase.store(Phase::kFree, std::memory_order_release);
  changed_.Notify();
  return reply;
}

bool OperationQueue::Abandon(std::size_t slot) noexcept {
  std::atomic<Phase>& phase = slots_[slot].phase;
  Phase expected = Phase::kPosted;
  if (phase.compare_exchange_strong(expected, Phase::kFree, std::memory_order_acq_rel)) {
    changed_.Notify();
    return true;
  }
  expected = Phase::kTaken;
  return phase.compare_exchange_strong(expected, Phase::kAbandoned, std::memory_order_acq_rel);
}

std::optional<Reply> OperationQueue::Ask(const Request& request, MonoTime deadline, Clock& clock) {
  std::optional<std::size_t> slot;
  for (;;) {
    const std::uint32_t seen = changed_.count();
    slot = Post(request);
    if (slot) break;
    if (clock.Now() >= deadline) return std::nullopt;
    changed_.Wait(seen, deadline);
  }
  for (;;) {
    const std::uint32_t seen = changed_.count();
    if (std::optional<Reply> reply = Poll(*slot)) return reply;
    if (clock.Now() >= deadline && Abandon(*slot)) return std::nullopt;
    changed_.Wait(seen, deadline);
  }
}

std::optional<std::size_t> OperationQueue::Take() noexcept {
  std::optional<std::size_t> oldest;
  std::uint64_t oldest_ticket = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].phase.load(std::memory_order_acquire) != Phase::kPosted) continue;
    const std::uint64_t ticket = slots_[i].ticket.load(std::memory_order_relaxed);
    if (oldest && ticket > oldest_ticket) continue;
    oldest = i;
    oldest_ticket = ticket;
  }
  if (!oldest) return std::nullopt;
  Phase expected = Phase::kPosted;
  if (slots_[*oldest].phase.compare_exchange_strong(expected, Phase::kTaken,
                                                    std::memory_order_acq_rel)) {
    return oldest;
  }
  return std::nullopt;  // its caller gave up at this moment
}

void OperationQueue::Finish(std::size_t slot, const Reply& reply) noexcept {
  slots_[slot].reply = reply;
  Phase expected = Phase::kTaken;
  if (!slots_[slot].phase.compare_exchange_strong(expected, Phase::kReplied,
                                                  std::memory_order_acq_rel)) {
    slots_[slot].phase.store(Phase::kFree, std::memory_order_release);  // nobody waits any more
  }
  changed_.Notify();
}

}  // namespace soarm::control
