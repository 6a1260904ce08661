#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/base/inline_vector.h"
#include "common/time/clock.h"
#include "server/servo/bus/block.h"

namespace soarm::servo {

// Answers that were asked for and did not come in time, but may still come.
//
// An answer carries no sequence number: nothing in it tells a late one from a new one, except
// whose it is and how long. So while a servo owes an answer of some length, it is asked for
// another length (one register more in front), and the late answer is recognised by its length
// and thrown away. Debts are forgotten after half a second; no transport holds bytes that long.
//
// Real time  every function.
class Debts {
 public:
  static constexpr Nanos kLifetime = std::chrono::milliseconds(500);
  // The longest stretch of a block; beyond it a servo is left out for a tick instead.
  static constexpr std::uint8_t kMaxStretch = 15;

  // Why an answer is not there yet.
  enum class Why : std::uint8_t {
    kLate,     // the transport or the servo is slower than was measured, or it is lost
    kSilence,  // the same, and nobody else answered that request in time either
    kFlashes   // the servo writes its flash first
  };

  // No answer reaches beyond `register_count`: servos cut it there, which would change its length.
  explicit Debts(std::size_t register_count) noexcept : register_count_(register_count) {}

  void Add(std::uint8_t id, std::size_t length, MonoTime now, Why why = Why::kLate) noexcept;
  // Whether `id` owed an answer of this length, which is settled hereby.
  std::optional<Why> Settle(std::uint8_t id, std::size_t length) noexcept;
  bool Owes(std::uint8_t id, std::size_t length) const noexcept;
  void Forget(MonoTime now) noexcept;
  void Clear() noexcept { debts_.clear(); }
  std::size_t size() const noexcept { return debts_.size(); }

  // `wanted` stretched so that as few of `ids` as possible owe an answer of its length, usually
  // none. Stretched at the front, or at the end where the front is register 0.
  Block Distinct(Block wanted, std::span<const std::uint8_t> ids) const noexcept;

 private:
  struct Debt {
    std::uint8_t id;
    std::uint8_t length;
    Why why;
    MonoTime until;
  };
  bool Fits(Block block) const noexcept;

  std::size_t register_count_;
  InlineVector<Debt, 128> debts_;
};

}  // namespace soarm::servo
