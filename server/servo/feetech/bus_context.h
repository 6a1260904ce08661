#pragma once

#include "server/servo/bus/bus_parts.h"
#include "server/servo/feetech/request_builder.h"
#include "server/servo/feetech/servo_state.h"
#include "server/servo/feetech/sts_protocol.h"
#include "server/servo/feetech/transactor.h"

namespace soarm::servo::feetech {

// The parts of one bus that its procedures (opening, the tick, operations) work on.
//
// Ownership  FeetechBus owns it and the clock and port it refers to outlive it.
struct BusContext : BusParts {
  BusContext(const ServoBusOptions& bus_options, SerialPort& bus_port, Clock& bus_clock)
      : BusParts(bus_options, kStsProtocol, bus_port, bus_clock), transactor(link, requests) {}

  RequestBuilder requests;
  Transactor transactor;
  PerJoint<ServoState> servos;  // indices as of models and samples
};

}  // namespace soarm::servo::feetech
