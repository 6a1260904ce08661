#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "server/runtime/robot_runtime.h"
#include "tests/fakes/fake_bus.h"
#include "tests/fakes/fake_clock.h"

namespace soarm {

// A completion that a test can wait for.
struct Awaited {
  Completion Done() {
    return [promise = promise_](const absl::Status& status) { promise->set_value(status); };
  }
  absl::Status Wait() { return future_.get(); }

 private:
  std::shared_ptr<std::promise<absl::Status>> promise_ =
      std::make_shared<std::promise<absl::Status>>();
  std::future<absl::Status> future_ = promise_->get_future();
};

// The whole runtime over fake buses, with its real threads. Tests wait for answers, never for time.
struct LiveRuntime {
  explicit LiveRuntime(const std::string& model_name = "so101", StopStore* stops = nullptr) {
    control::ControlOptions options;
    options.rate_hz = 500;
    const RobotModel model = *FindRobotModel(model_name);
    auto owned = std::make_unique<FakeBus>(model, clock);
    bus = owned.get();
    std::vector<RobotRuntime::BusPart> parts;
    parts.push_back({"/dev/fake", {"bus", model, std::move(owned)}});
    robot.emplace(std::move(parts), options, clock, stops);
  }
  void Start() {
    ASSERT_TRUE(robot->Start().ok());
    // The first answer of an open bus: before it, calls are refused as BUS_NOT_OPEN.
    LeaseRequest request;
    request.client_name = "test";
    request.ttl = std::chrono::seconds(60);
    lease = robot->AcquireLease(request)->ref;
    absl::Status enabled;
    do {
      Awaited answer;
      robot->EnableTorque(arm(), lease, answer.Done());
      enabled = answer.Wait();
    } while (absl::IsUnavailable(enabled));
    ASSERT_TRUE(enabled.ok()) << enabled;
  }
  absl::Status ReleaseTorque() {
    Awaited answer;
    robot->ReleaseTorque(arm(), lease, answer.Done());
    return answer.Wait();
  }
  const GroupInfo& arm() const { return robot->groups()[0]; }
  MoveRequest MoveOf(double target_rad, Nanos at_least) const {
    MoveRequest request;
    request.lease = lease;
    request.joints = MaskOf(0);
    request.target_rad[0] = target_rad;
    request.at_least = at_least;
    request.speed_scale = 1;
    return request;
  }

  MonotonicClock clock;
  FakeBus* bus = nullptr;  // its script before Start() and after the end only
  std::optional<RobotRuntime> robot;
  LeaseRef lease;
};

// The same in one thread, on a clock that its ticks advance.
struct SteppedRuntime {
  explicit SteppedRuntime(StopStore* stops = nullptr, const std::string& model_name = "so101") {
    const RobotModel model = *FindRobotModel(model_name);
    auto owned = std::make_unique<FakeBus>(model, clock);
    bus = owned.get();
    std::vector<RobotRuntime::BusPart> parts;
    parts.push_back({"/dev/fake", {"bus", model, std::move(owned)}});
    robot.emplace(std::move(parts), control::ControlOptions{}, clock, stops);
    robot->StartStepped();
    Step(5);
    LeaseRequest request;
    request.client_name = "test";
    request.ttl = std::chrono::seconds(60);
    if (const auto grant = robot->AcquireLease(request); grant.ok()) lease = grant->ref;
  }
  void Step(int ticks) {
    for (int i = 0; i < ticks; ++i) {
      robot->StepBus(0);
      robot->StepCallbacks();
    }
  }
  const GroupInfo& arm() const { return robot->groups()[0]; }

  FakeClock clock;
  FakeBus* bus = nullptr;
  std::optional<RobotRuntime> robot;
  LeaseRef lease;
};

}  // namespace soarm
