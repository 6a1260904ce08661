#pragma once

#include <vector>

#include "common/base/problem.h"
#include "common/time/clock.h"
#include "server/core/joint.h"
#include "server/serial/serial_port.h"
#include "server/servo/bus/options.h"
#include "server/servo/bus/servo_link.h"
#include "server/servo/bus/transport_watch.h"

namespace soarm::servo {

// The parts of one bus that do not depend on the family of its servos.
//
// This folder is what any half-duplex bus of servos does, whatever they speak: answers in slots and
// how long they are waited for, late ones and those of nobody, servos that are put aside and looked
// for, readings that are believed, what each tick reads, goals as far as they are counted, work in
// the rest of a tick. It knows no packet and no register; those are the family's, in a folder
// beside this one (server/servo/feetech), which is an ActuatorBus made of these parts:
//
//   a family gives                                                   to
//   a WireProtocol: how its answers look, their gaps                 ServoLink
//   a ReadLayout: which registers ticks read                         ReadPlan
//   a context derived from BusParts, with `servos` derived from      what is a template here
//   ServoRecord
//   a Told: what an answer says, decoded                             Weigh()
//   what to ask to measure the transport                             transport.h
//   its work as Operations                                           OperationSlot
//
// Ownership  the bus owns it; the clock and port it refers to outlive it.
struct BusParts {
  BusParts(const ServoBusOptions& bus_options, const WireProtocol& protocol, SerialPort& bus_port,
           Clock& bus_clock)
      : options(bus_options),
        port(bus_port),
        clock(bus_clock),
        link(port, clock, protocol, options.baud) {}

  const ServoBusOptions& options;
  SerialPort& port;
  Clock& clock;
  ServoLink link;

  TransportWatch transport_watch;
  std::vector<Problem> notes;  // found when it was opened

  // In servo-id order; same indices.
  PerJoint<JointModel> models;
  PerJoint<JointSample> samples;

  TransportDelay& transport() noexcept { return link.timer().transport(); }
  const TransportDelay& transport() const noexcept { return link.timer().transport(); }
  TransportDelay::Bounds allowance_bounds() const noexcept {
    return {options.allowance_min, options.allowance_max};
  }
};

}  // namespace soarm::servo
