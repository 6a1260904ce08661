#include "server/servo/feetech/read_plan.h"

#include <algorithm>

#include "server/servo/feetech/servo_state.h"
#include "server/servo/feetech/transport.h"

namespace soarm::servo::feetech {
namespace {

constexpr Block kFull{56, 15};
constexpr Block kMotion{56, 6};
constexpr Block kPosition{56, 2};

// From the working registers to the end of `block`.
constexpr Block AtMost(Block block) {
  return {kWorkingBlock.address,
          static_cast<std::uint8_t>(block.address + block.count - kWorkingBlock.address)};
}

std::size_t SyncReadBytes(std::size_t servos) { return 8 + servos; }
std::size_t GoalBytes(std::size_t servos) { return 8 + 3 * servos; }

Block Narrow(const ServoBusOptions& options, std::size_t servos) noexcept {
  switch (options.read) {
    case ReadPolicy::kFull:
      return kFull;
    case ReadPolicy::kMotion:
      return kMotion;
    case ReadPolicy::kPosition:
      return kPosition;
    case ReadPolicy::kAuto:
      break;
  }
  // Judged at 1 Mbaud, so that a plan does not change with the adapter's mood.
  const SlotTimer wire(1'000'000);
  const Nanos full = wire.WireTime(SyncReadBytes(servos)) +
                     (servos == 0 ? Nanos(0) : wire.SlotEnd(servos - 1, kFull.count));
  return options.period == Nanos(0) || full <= options.period / 2 ? kFull : kMotion;
}

}  // namespace

ReadPlan::ReadPlan(const ServoBusOptions& options, const SlotTimer& timer,
                   std::size_t servos) noexcept
    : narrow_(Narrow(options, servos)) {
  const bool free_running = options.period == Nanos(0);
  // Due as soon as the next tick would be too late.
  refresh_every_ =
      free_running ? options.refresh_every_free_running : options.refresh_every - options.period;
  if (narrow_.count == kPosition.count) {
    wide_ = AtMost(kPosition);
    return;
  }
  wide_ = AtMost(kFull);
  // By what is usual: an allowance measured in a bad moment must not cost every later tick a second
  // transaction.
  const Nanos usual = timer.Usual(SyncReadBytes(servos) + GoalBytes(servos), servos, wide_.count);
  const bool slow = timer.usual_delay() >= kSlowTransport;
  const Nanos tick = slow ? std::max(options.period, usual) : options.period;
  // Some ticks more, because a busy host loses a few.
  usual_current_gap_ = 3 * tick + (narrow_.count == kFull.count ? Nanos(0) : refresh_every_);
  // A transport that delays each request makes a second one dearer than a long answer.
  if (free_running || slow || usual <= options.period * 9 / 10) return;
  in_rotation_ = wide_;
  wide_ = AtMost(kMotion);
  if (narrow_.count != kFull.count) usual_current_gap_ = 2 * kRotationAtLeastEvery;
}

Block ReadPlan::Next(MonoTime now, bool unsure) noexcept {
  if (!unsure && now - last_wide_ < refresh_every_) return narrow_;
  last_wide_ = now;
  return wide_;
}

}  // namespace soarm::servo::feetech
