#include "server/servo/bus/read_plan.h"

#include <algorithm>

namespace soarm::servo {
namespace {

// From the working registers to the end of `block`.
constexpr Block AtMost(const ReadLayout& layout, Block block) {
  const Block working = layout.working;
  return {working.address,
          static_cast<std::uint8_t>(block.address + block.count - working.address)};
}

std::size_t RequestBytes(const ReadLayout& layout, std::size_t servos) {
  return layout.request_bytes + layout.request_bytes_each * servos;
}
std::size_t GoalBytes(const ReadLayout& layout, std::size_t servos) {
  return layout.goal_bytes + layout.goal_bytes_each * servos;
}

Block Narrow(const ServoBusOptions& options, const WireProtocol& protocol, const ReadLayout& layout,
             std::size_t servos) noexcept {
  switch (options.read) {
    case ReadPolicy::kFull:
      return layout.full;
    case ReadPolicy::kMotion:
      return layout.motion;
    case ReadPolicy::kPosition:
      return layout.position;
    case ReadPolicy::kAuto:
      break;
  }
  // Judged at 1 Mbaud, so that a plan does not change with the adapter's mood.
  const SlotTimer wire(protocol, 1'000'000);
  const Nanos full = wire.WireTime(RequestBytes(layout, servos)) +
                     (servos == 0 ? Nanos(0) : wire.SlotEnd(servos - 1, layout.full.count));
  return options.period == Nanos(0) || full <= options.period / 2 ? layout.full : layout.motion;
}

}  // namespace

ReadPlan::ReadPlan(const ServoBusOptions& options, const SlotTimer& timer, const ReadLayout& layout,
                   std::size_t servos) noexcept
    : narrow_(Narrow(options, timer.protocol(), layout, servos)) {
  const bool free_running = options.period == Nanos(0);
  // Due as soon as the next tick would be too late.
  refresh_every_ =
      free_running ? options.refresh_every_free_running : options.refresh_every - options.period;
  if (narrow_.count == layout.position.count) {
    wide_ = AtMost(layout, layout.position);
    return;
  }
  wide_ = AtMost(layout, layout.full);
  // By what is usual: an allowance measured in a bad moment must not cost every later tick a second
  // transaction.
  const Nanos usual =
      timer.Usual(RequestBytes(layout, servos) + GoalBytes(layout, servos), servos, wide_.count);
  const bool slow = timer.transport().is_slow();
  const Nanos tick = slow ? std::max(options.period, usual) : options.period;
  // Some ticks more, because a busy host loses a few.
  usual_current_gap_ = 3 * tick + (narrow_.count == layout.full.count ? Nanos(0) : refresh_every_);
  // A transport that delays each request makes a second one dearer than a long answer.
  if (free_running || slow || usual <= options.period * 9 / 10) return;
  in_rotation_ = wide_;
  wide_ = AtMost(layout, layout.motion);
  if (narrow_.count != layout.full.count) usual_current_gap_ = 2 * kRotationAtLeastEvery;
}

Block ReadPlan::Next(MonoTime now, bool unsure) noexcept {
  if (!unsure && now - last_wide_ < refresh_every_) return narrow_;
  last_wide_ = now;
  return wide_;
}

}  // namespace soarm::servo
