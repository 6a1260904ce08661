#include "server/servo/feetech/request_builder.h"

#include <algorithm>

namespace soarm::servo::feetech {
namespace {

constexpr std::size_t kGuardedFirst = 40;
constexpr std::size_t kGuardedEnd = 50;

}  // namespace

void RequestBuilder::AllowWrites(std::uint8_t id, bool allowed) noexcept {
  if (id < allowed_.size()) allowed_[id] = allowed;
}

bool RequestBuilder::MayWrite(std::uint8_t id, std::uint8_t address,
                              std::size_t width) const noexcept {
  if (id >= allowed_.size()) return false;
  const bool guarded = address < kGuardedEnd && address + width > kGuardedFirst;
  return !guarded || allowed_[id];
}

bool RequestBuilder::Write(std::uint8_t id, std::uint8_t address,
                           std::span<const std::uint8_t> data) noexcept {
  return MayWrite(id, address, data.size()) && packets_.AddWrite(id, address, data);
}

bool RequestBuilder::SyncWrite(std::uint8_t address, std::uint8_t width,
                               std::span<const std::uint8_t> ids,
                               std::span<const std::uint8_t> data) noexcept {
  const bool allowed = std::all_of(ids.begin(), ids.end(),
                                   [&](std::uint8_t id) { return MayWrite(id, address, width); });
  return allowed && packets_.AddSyncWrite(address, width, ids, data);
}

}  // namespace soarm::servo::feetech
