#include "server/servo/bus/debts.h"

#include <algorithm>

#include "server/servo/bus/wire_protocol.h"

namespace soarm::servo {
namespace {

Block Stretch(Block wanted, std::uint8_t by) noexcept {
  const auto count = static_cast<std::uint8_t>(wanted.count + by);
  if (wanted.address < by) return {wanted.address, count};
  return {static_cast<std::uint8_t>(wanted.address - by), count};
}

}  // namespace

bool Debts::Fits(Block block) const noexcept {
  return block.count <= kMaxReplyData &&
         std::size_t{block.address} + block.count <= register_count_;
}

void Debts::Add(std::uint8_t id, std::size_t length, MonoTime now, Why why) noexcept {
  const Debt debt{id, static_cast<std::uint8_t>(length), why, now + kLifetime};
  if (debts_.push_back(debt)) return;
  // Full: the one that would be forgotten first makes room.
  *std::min_element(debts_.begin(), debts_.end(),
                    [](const Debt& a, const Debt& b) { return a.until < b.until; }) = debt;
}

std::optional<Debts::Why> Debts::Settle(std::uint8_t id, std::size_t length) noexcept {
  for (std::size_t i = 0; i < debts_.size(); ++i) {
    if (debts_[i].id != id || debts_[i].length != length) continue;
    const Why why = debts_[i].why;
    debts_[i] = debts_[debts_.size() - 1];
    debts_.resize(debts_.size() - 1);
    return why;
  }
  return std::nullopt;
}

bool Debts::Owes(std::uint8_t id, std::size_t length) const noexcept {
  return std::any_of(debts_.begin(), debts_.end(),
                     [&](const Debt& debt) { return debt.id == id && debt.length == length; });
}

void Debts::Forget(MonoTime now) noexcept {
  for (std::size_t i = debts_.size(); i-- > 0;) {
    if (debts_[i].until > now) continue;
    debts_[i] = debts_[debts_.size() - 1];
    debts_.resize(debts_.size() - 1);
  }
}

Block Debts::Distinct(Block wanted, std::span<const std::uint8_t> ids) const noexcept {
  if (debts_.empty()) return wanted;
  Block best = wanted;
  std::ptrdiff_t fewest = static_cast<std::ptrdiff_t>(ids.size()) + 1;
  for (std::uint8_t by = 0; by <= kMaxStretch && fewest > 0; ++by) {
    const Block block = Stretch(wanted, by);
    if (!Fits(block)) break;
    const auto owing = std::count_if(ids.begin(), ids.end(),
                                     [&](std::uint8_t id) { return Owes(id, block.count); });
    if (owing >= fewest) continue;
    fewest = owing;
    best = block;
  }
  return best;
}

}  // namespace soarm::servo
