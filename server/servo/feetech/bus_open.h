#pragma once

#include <absl/status/status.h>

#include "server/servo/feetech/bus_context.h"

namespace soarm::servo::feetech {

// Opens the port and finds out what is on the bus, writing nothing to any servo:
//
//   1. does the adapter echo        ping an id that nobody has
//   2. who is there                 ping each id, up to three times; by the first answer, whether
//                                   the transport is slow, and then 1 again with more patience
//   3. how slow is the transport    some hundred pings, within options.measuring_time
//   4. what are they                read all registers of each, the stored ones twice
//
// Fills models, servos, samples and notes. Servos that do not answer are left with defaults,
// quarantined. Slow side: allocates. Errors as ActuatorBus::Open().
absl::Status OpenBus(BusContext& bus, SerialPort::Others others);

}  // namespace soarm::servo::feetech
