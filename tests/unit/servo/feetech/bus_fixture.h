#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "server/servo/feetech/feetech_bus.h"
#include "tests/fakes/fake_serial_port.h"

namespace soarm {

// A FeetechBus over a fake port, driven tick by tick in virtual time.
class BusFixture : public testing::Test {
 protected:
  explicit BusFixture(std::string_view model = "so101") { options_.robot = *FindRobotModel(model); }

  // The bus with its servos 1 to n; the test changes options_ and servo() before Open().
  void Make() {
    auto port = std::make_unique<fakes::FakeSerialPort>(clock_);
    port_ = port.get();
    for (const JointModel& joint : options_.robot.joints) {
      port_->servos[joint.servo_id] = fakes::MakeServo(joint.servo_id);
      if (joint.full_turn) {
        servo(joint.servo_id).Set(9, 2, 0);
        servo(joint.servo_id).Set(11, 2, 4095);
      }
      if (joint.kind == JointKind::kVelocity) servo(joint.servo_id).Set(33, 1, 1);
    }
    bus_ = std::make_unique<FeetechBus>(options_, std::move(port), clock_);
    goals_.resize(options_.robot.joints.size());
    samples_.resize(options_.robot.joints.size());
  }
  void Open() {
    const absl::Status status = bus_->Open();
    ASSERT_TRUE(status.ok()) << status;
    port_->requests.clear();
    next_tick_ = clock_.Now();
  }
  void MakeAndOpen() {
    Make();
    Open();
  }

  // One tick on the schedule of options_.period (5 ms when that is zero).
  BusTick Tick() {
    const Nanos period =
        options_.period > Nanos(0) ? options_.period : Nanos(std::chrono::milliseconds(5));
    clock_.SleepUntil(next_tick_);
    next_tick_ += period;
    return bus_->Exchange(goals_, samples_, next_tick_);
  }
  void Ticks(int count) {
    for (int i = 0; i < count; ++i) Tick();
  }

  // Runs ticks until the operation ends.
  BusOperationResult Run(const BusOperationRequest& request) {
    EXPECT_EQ(bus_->Begin(request), BusRefusal::kNone);
    for (int i = 0; i < 400 && bus_->operation().phase == BusOperationResult::Phase::kRunning;
         ++i) {
      Tick();
    }
    return bus_->operation();
  }
  BusOperationResult EnableAll() {
    return Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()});
  }
  JointMask AllJoints() const { return MaskOf(options_.robot.joints.size()) - 1; }

  fakes::FakeServo& servo(std::uint8_t id) { return port_->servos[id]; }
  void SetGoal(std::size_t joint, double value) { goals_[joint] = {true, value}; }
  double Rad(std::size_t joint, int raw) const { return bus_->joints()[joint].RadFromRaw(raw); }

  ServoBusOptions options_;
  fakes::VirtualClock clock_;
  std::unique_ptr<FeetechBus> bus_;
  fakes::FakeSerialPort* port_ = nullptr;
  std::vector<JointGoal> goals_;
  std::vector<JointSample> samples_;
  MonoTime next_tick_{};
};

class FollowerBusTest : public BusFixture {};

}  // namespace soarm
