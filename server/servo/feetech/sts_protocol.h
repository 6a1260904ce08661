#pragma once

#include "server/servo/bus/read_plan.h"
#include "server/servo/bus/wire_protocol.h"
#include "server/servo/feetech/packet.h"
#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/servo_state.h"

namespace soarm::servo::feetech {

// The answer that begins here, if one does.
FrameLook LookForAnswer(std::span<const std::uint8_t> bytes, ReplyFrame& frame) noexcept;

// What ticks read, see ReadPlan: 56 to 70 is position, speed, load, voltage, temperature, status,
// goal copy and current.
inline constexpr ReadLayout kStsLayout{.working = kWorkingBlock,
                                       .position = {56, 2},
                                       .motion = {56, 6},
                                       .full = {56, 15},
                                       .request_bytes = 8,
                                       .request_bytes_each = 1,
                                       .goal_bytes = 8,
                                       .goal_bytes_each = 3};

// Servos of firmware 3.10 compute their slots from the list of a sync read, at three byte times
// apart, after one of idle line, and ignore their return delay.
inline constexpr WireProtocol kStsProtocol{.look = LookForAnswer,
                                           .reply_overhead = kFrameOverhead,
                                           .gap_bytes = 3,
                                           .idle_bytes = 2,
                                           .usual_data = kStsLayout.full.count,
                                           .register_count = kRegisterCount};

}  // namespace soarm::servo::feetech
