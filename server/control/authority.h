#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "common/time/clock.h"
#include "server/core/joint.h"
#include "server/core/stop.h"

namespace soarm::control {

// A group of the robot, below kMaxRobotGroups.
using GroupId = std::uint8_t;
using GroupMask = std::uint32_t;
constexpr GroupMask MaskOfGroup(GroupId group) noexcept { return GroupMask{1} << group; }

// What the tick knows of a group's lease, read as one.
struct LeaseWords {
  std::uint64_t fence = 0;   // 0: nobody's
  MonoTime until{};          // exclusive
  double speed_scale = 1.0;  // its holder's wish, 0..1

  bool IsCurrent(std::uint64_t of, MonoTime now) const noexcept {
    return of != 0 && fence == of && now < until;
  }
};

// Whether a group can do what it is told, the better ones first.
enum class Ability : std::uint8_t {
  kAble,
  kStrained,  // only as far as that relieves a joint whose servo reports an overload
  kUnable,    // stopped, faulty or its bus is not open
};

// What the slow side grants one group, as the tick reads it. Each word stands for itself, save
// those of the lease: what is half changed while Lease() reads it is nobody's, so that no holder
// acts by the end or the speed of another.
//
// Threads    the lease table, the stop board and ControlledRobot write under their own locks, the
//            cycle of the group's bus reads in every tick; `ability` the other way round.
// Real time  plain atomic loads.
struct alignas(64) GroupAuthority {
  // The lease table takes the fence of a lease away before, and gives that of the next one after,
  // it touches the other words.
  LeaseWords Lease() const noexcept {
    LeaseWords words;
    words.fence = fence.load(std::memory_order_acquire);
    words.until = FromNanos(lease_until_ns.load(std::memory_order_acquire));
    words.speed_scale = std::clamp(speed_scale.load(std::memory_order_acquire), 0.0, 1.0);
    return fence.load(std::memory_order_acquire) == words.fence ? words : LeaseWords{};
  }

  std::atomic<std::uint64_t> fence{0};  // of the current lease; 0: nobody's
  std::atomic<std::int64_t> lease_until_ns{0};
  std::atomic<std::int64_t> contact_ns{0};       // last sign of life of the holder
  std::atomic<std::uint64_t> released_fence{0};  // newest lease that its holder gave back
  std::atomic<StopLevel> stop{StopLevel::kNone};
  // Count what was asserted, cleared or not: stops of any level, and RELEASEs. What was asked for
  // before one of them does not begin after it.
  std::atomic<std::uint64_t> stops{0};
  std::atomic<std::uint64_t> releases{0};
  std::atomic<std::uint64_t> first_stream{0};  // streams below were opened before a clear
  std::atomic<double> speed_scale{1.0};
  std::atomic<GroupMask> coupled{0};  // the groups leased together with this one, itself included
  std::atomic<Ability> ability{Ability::kUnable};  // the cycle's
  std::atomic<bool> open{false};                   // the cycle's: its bus is open
};

// Command streams that may be open at a time. A stream's number is its rank by age, times this,
// plus its place among the open ones.
inline constexpr std::size_t kMaxStreams = 1024;

// The authority over all groups; one per robot, shared by its cycles.
struct Authority {
  // Whether `stream` has not ended. Stream 0 is nobody's and never ends.
  bool IsOpen(std::uint64_t stream) const noexcept {
    return stream == 0 || streams[stream % kMaxStreams].load(std::memory_order_acquire) == stream;
  }

  std::uint64_t epoch = 0;  // random per start; constant while cycles run
  std::atomic<std::uint64_t> newest_stream{0};
  std::array<std::atomic<std::uint64_t>, kMaxStreams> streams{};  // the open ones, at their places
  std::array<GroupAuthority, kMaxRobotGroups> groups;
};

}  // namespace soarm::control
