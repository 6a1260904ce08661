#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "server/servo/feetech/feetech_bus.h"
#include "server/sim/sim_controls.h"
#include "tests/fakes/fake_serial_port.h"
#include "tests/fakes/simulated_port.h"

namespace soarm {

// The driver on the simulator's own bus model, tick by tick in virtual time: what is found here
// about a moment holds at every run.
class SimulatedBusTest : public testing::Test {
 protected:
  static sim::BusOptions StartingAt(MonoTime start) {
    sim::BusOptions options;
    options.start = start;
    return options;
  }

  SimulatedBusTest() { SetUpRobot("so101"); }

  // Another robot, or another rate, than the one the test began with.
  void SetUpRobot(std::string_view robot, Nanos period = std::chrono::milliseconds(5)) {
    bus_.reset();
    model_.emplace(*sim::FindRobot(robot, {}, true), StartingAt(clock_.Now()));
    options_.robot = *FindRobotModel(robot);
    options_.period = period;
    auto port = std::make_unique<fakes::SimulatedPort>(clock_, *model_);
    port_ = port.get();
    bus_ = std::make_unique<FeetechBus>(options_, std::move(port), clock_);
    goals_.assign(options_.robot.joints.size(), {});
    samples_.assign(options_.robot.joints.size(), {});
  }

  void Open() {
    const absl::Status status = bus_->Open();
    ASSERT_TRUE(status.ok()) << status;
    next_tick_ = clock_.Now();
  }
  BusTick Tick() {
    clock_.SleepUntil(next_tick_);
    next_tick_ = std::max(next_tick_ + options_.period, clock_.Now());
    return bus_->Exchange(goals_, samples_, next_tick_);
  }
  void TicksFor(Nanos span) {
    for (const MonoTime end = clock_.Now() + span; clock_.Now() < end;) Tick();
  }
  BusOperationResult Run(const BusOperationRequest& request) {
    EXPECT_EQ(bus_->Begin(request), BusRefusal::kNone);
    for (int i = 0; i < 2000 && IsRunning(); ++i) Tick();
    EXPECT_FALSE(IsRunning());
    return bus_->operation();
  }
  bool IsRunning() const { return bus_->operation().phase == BusOperationResult::Phase::kRunning; }
  JointMask AllJoints() const { return MaskOf(options_.robot.joints.size()) - 1; }

  sim::SimControls world() { return sim::SimControls(*model_); }
  int ByteOf(int servo, int address) { return world().ReadRegisters(servo, address, 1)->at(0); }
  int WordOf(int servo, int address) {
    const std::vector<std::uint8_t> bytes = *world().ReadRegisters(servo, address, 2);
    return bytes[0] | bytes[1] << 8;
  }
  void Write(int servo, int address, const std::vector<std::uint8_t>& bytes) {
    const absl::Status status = world().WriteRegisters(servo, address, bytes);
    ASSERT_TRUE(status.ok()) << status;
  }

  fakes::VirtualClock clock_;
  std::optional<sim::BusModel> model_;
  ServoBusOptions options_;
  fakes::SimulatedPort* port_ = nullptr;
  std::unique_ptr<FeetechBus> bus_;
  std::vector<JointGoal> goals_;
  std::vector<JointSample> samples_;
  MonoTime next_tick_{};
};

}  // namespace soarm
