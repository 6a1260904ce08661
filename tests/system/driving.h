#pragma once

#include <map>
#include <memory>

#include "clients/cpp/lease.h"
#include "tests/system/programs.h"

namespace soarm::test {

// Takes a lease on everything that may be driven and turns torque on; the lease lives as long as
// what is returned. A failed test and null when either is refused.
std::unique_ptr<client::Lease> Energise(client::Connection& connection);

// The truth about every servo, by id.
std::map<std::uint32_t, sim::ServoTruth> ServosOf(client::Connection& simulator);

// One joint's target in radians.
v1::JointTargets Target(const std::string& joint, double position_rad);

}  // namespace soarm::test
