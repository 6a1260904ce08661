#include "tests/system/driving.h"

#include <gtest/gtest.h>

namespace soarm::test {

std::unique_ptr<client::Lease> Energise(client::Connection& connection,
                                        v1::LeaseClass lease_class) {
  client::LeaseOptions options;
  options.lease_class = lease_class;
  options.client_name = "test";
  auto lease = client::Lease::Acquire(connection, options);
  if (!lease.ok()) {
    ADD_FAILURE() << lease.status();
    return nullptr;
  }
  v1::EnableTorqueRequest request;
  *request.mutable_lease() = (*lease)->ref();
  const auto enabled = connection.Call(client::kEnableTorque, request);
  if (!enabled.ok()) {
    ADD_FAILURE() << enabled.status();
    return nullptr;
  }
  return *std::move(lease);
}

HeldArm::HeldArm(v1::LeaseClass lease_class) {
  if (!daemon.WaitForFreshJoints(6)) {
    ADD_FAILURE() << "the joints are not all fresh";
    return;
  }
  lease = Energise(connection(), lease_class);
}

void WaitUntil(client::Connection& simulator, std::int64_t time_ns) {
  EXPECT_TRUE(Eventually([&] { return TruthOf(simulator).time_ns() > time_ns; }));
}

double AngleOf(client::Connection& simulator, std::uint32_t servo) {
  return ServosOf(simulator)[servo].position_rad();
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
