#pragma once

#include "server/servo/bus/transport.h"
#include "server/servo/feetech/bus_context.h"

namespace soarm::servo::feetech {

// What these servos are asked for to find out what lies between this computer and the wire, before
// any of them is known.

// Pings an id that nobody has, see ListenForEcho().
void DetectEcho(BusContext& bus, Nanos wait = kEchoWait) noexcept;

// Asks the servos that answer for options.measuring_time, longer where their answers come late, as
// some seemed to have if `late`; tells bus.transport(). Slow side: allocates.
void MeasureTransport(BusContext& bus, bool late);

}  // namespace soarm::servo::feetech
