#include "server/control/operation_queue.h"

namespace soarm::control {

bool OperationQueue::Change(std::size_t slot, Phase from, Phase to) noexcept {
  std::uint64_t word = slots_[slot].word.load(std::memory_order_acquire);
  return PhaseOf(word) == from && slots_[slot].word.compare_exchange_strong(
                                      word, WordOf(word >> 3U, to), std::memory_order_acq_rel);
}

std::optional<std::size_t> OperationQueue::Post(const Request& request) noexcept {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!Change(i, Phase::kFree, Phase::kFilling)) continue;
    slots_[i].request = request;
    const std::uint64_t ticket = tickets_.fetch_add(1, std::memory_order_relaxed);
    slots_[i].word.store(WordOf(ticket, Phase::kPosted), std::memory_order_release);
    return i;
  }
  return std::nullopt;
}

std::optional<Reply> OperationQueue::Poll(std::size_t slot) noexcept {
  if (PhaseOf(slots_[slot].word.load(std::memory_order_acquire)) != Phase::kReplied) {
    return std::nullopt;
  }
  const Reply reply = slots_[slot].reply;
  slots_[slot].word.store(WordOf(0, Phase::kFree), std::memory_order_release);
  return reply;
}

OperationQueue::Abandoned OperationQueue::Abandon(std::size_t slot) noexcept {
  if (TakeBack(slot)) return Abandoned::kUnseen;
  return Change(slot, Phase::kTaken, Phase::kAbandoned) ? Abandoned::kTaken : Abandoned::kReplied;
}

std::optional<std::size_t> OperationQueue::Take() noexcept {
  // Again when the caller of the oldest gives up at this moment; that is once a slot at most.
  for (std::size_t tries = 0; tries < slots_.size(); ++tries) {
    std::optional<std::size_t> oldest;
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const std::uint64_t seen = slots_[i].word.load(std::memory_order_acquire);
      if (PhaseOf(seen) != Phase::kPosted || (oldest && seen > word)) continue;
      oldest = i;
      word = seen;
    }
    if (!oldest) return std::nullopt;
    const std::uint64_t taken = WordOf(word >> 3U, Phase::kTaken);
    if (slots_[*oldest].word.compare_exchange_strong(word, taken, std::memory_order_acq_rel)) {
      return oldest;
    }
  }
  return std::nullopt;
}

void OperationQueue::Finish(std::size_t slot, const Reply& reply) noexcept {
  slots_[slot].reply = reply;
  if (Change(slot, Phase::kTaken, Phase::kReplied)) return;
  slots_[slot].word.store(WordOf(0, Phase::kFree), std::memory_order_release);  // nobody waits
}

}  // namespace soarm::control
