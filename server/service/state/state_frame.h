#pragma once

#include <cstdint>
#include <span>

#include "server/core/robot.h"
#include "server/service/edge/robot_view.h"
#include "soarm/v1/state.pb.h"

namespace soarm {

// The wire's view of `groups` in `view`. Pure but for the wall clock's offset.
v1::StateFrame MakeStateFrame(const Robot& robot, std::span<const GroupInfo* const> groups,
                              const RobotView& view, std::uint64_t clock_id);

v1::Mode ToProto(Mode mode);
// "EXPIRED", "STOPPED", ...; empty for kNone.
std::string_view HoldCauseName(HoldCause cause);

// Numbers published states over all buses: rises with each, never falls.
std::uint64_t StateNumber(std::span<const BusState> states);

}  // namespace soarm
