#pragma once

#include <vector>

#include "common/base/problem.h"
#include "common/time/clock.h"
#include "server/core/joint.h"
#include "server/serial/serial_port.h"
#include "server/servo/feetech/options.h"
#include "server/servo/feetech/request_builder.h"
#include "server/servo/feetech/servo_link.h"
#include "server/servo/feetech/servo_state.h"
#include "server/servo/feetech/transactor.h"

namespace soarm::servo::feetech {

// The parts of one bus that its procedures (opening, the tick, operations) work on.
//
// Ownership  FeetechBus owns it and the clock and port it refers to outlive it.
struct BusContext {
  BusContext(const ServoBusOptions& bus_options, SerialPort& bus_port, Clock& bus_clock)
      : options(bus_options),
        port(bus_port),
        clock(bus_clock),
        link(port, clock, options.baud),
        transactor(link, requests) {}

  const ServoBusOptions& options;
  SerialPort& port;
  Clock& clock;
  RequestBuilder requests;
  ServoLink link;
  Transactor transactor;

  // What the transport adds to a request and its answer, as measured when the bus was opened.
  Nanos transport_delay{0};
  std::vector<Problem> notes;  // found when it was opened

  // In servo-id order; same indices.
  PerJoint<JointModel> models;
  PerJoint<ServoState> servos;
  PerJoint<JointSample> samples;
};

}  // namespace soarm::servo::feetech
