#include "tests/system/driving.h"

#include <gtest/gtest.h>

namespace soarm::test {

std::unique_ptr<client::Lease> Energise(client::Connection& connection) {
  client::LeaseOptions options;
  options.client_name = "test";
  auto lease = client::Lease::Acquire(connection, options);
  if (!lease.ok()) {
    ADD_FAILURE() << lease.status();
    return nullptr;
  }
  v1::EnableTorqueRequest request;
  *request.mutable_lease() = (*lease)->ref();
  const auto enabled = connection.Call(client::kEnableTorque, request);
  EXPECT_TRUE(enabled.ok()) << enabled.status();
  return *std::move(lease);
}

std::map<std::uint32_t, sim::ServoTruth> ServosOf(client::Connection& simulator) {
  std::map<std::uint32_t, sim::ServoTruth> servos;
  const sim::Truth truth = TruthOf(simulator);
  for (const sim::ServoTruth& servo : truth.servos()) servos[servo.servo()] = servo;
  return servos;
}

v1::JointTargets Target(const std::string& joint, double position_rad) {
  v1::JointTargets targets;
  v1::JointTarget& target = *targets.add_targets();
  target.set_joint(joint);
  target.set_position_rad(position_rad);
  return targets;
}

}  // namespace soarm::test
