#include "server/runtime/robot_runtime.h"

#include <future>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "tests/fakes/fake_bus.h"

namespace soarm {
namespace {

using namespace std::chrono_literals;

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
  explicit LiveRuntime(const std::string& model_name = "so101") {
    control::ControlOptions options;
    options.rate_hz = 500;
    const RobotModel model = *FindRobotModel(model_name);
    auto owned = std::make_unique<FakeBus>(model, clock);
    bus = owned.get();
    std::vector<RobotRuntime::BusPart> parts;
    parts.push_back({"/dev/fake", {"bus", model, std::move(owned)}});
    robot.emplace(std::move(parts), options, clock);
  }
  void Start() {
    ASSERT_TRUE(robot->Start().ok());
    // The first answer of an open bus: before it, calls are refused as BUS_NOT_OPEN.
    LeaseRequest request;
    request.client_name = "test";
    request.ttl = 60s;
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

void IgnoreProgress(const MoveProgress&) {}

TEST(RobotRuntimeTest, TheNewerOfTwoMovesWinsHoweverCloseTheyCome) {
  LiveRuntime live;
  live.Start();
  for (int i = 0; i < 100; ++i) {
    Awaited older;
    Awaited newer;
    live.robot->StartMove(live.MoveOf(0.5, 100s), IgnoreProgress, older.Done());
    const std::uint64_t second =
        live.robot->StartMove(live.MoveOf(-0.5, 100s), IgnoreProgress, newer.Done());
    EXPECT_EQ(ProblemOf(older.Wait()).reason, "INTERRUPTED");
    live.robot->CancelMove(second);
    EXPECT_EQ(newer.Wait().code(), absl::StatusCode::kCancelled);
  }
}

TEST(RobotRuntimeTest, AMoveCancelledBeforeItsTickIsCancelledAllTheSame) {
  LiveRuntime live;
  live.Start();
  for (int i = 0; i < 100; ++i) {
    Awaited answer;
    live.robot->CancelMove(
        live.robot->StartMove(live.MoveOf(0.5, 100s), IgnoreProgress, answer.Done()));
    EXPECT_EQ(answer.Wait().code(), absl::StatusCode::kCancelled);
  }
  EXPECT_EQ(live.robot->State(0).groups[0].mode, Mode::kHold);
}

TEST(RobotRuntimeTest, TorqueOffAskedAfterTorqueOnComesAfterIt) {
  LiveRuntime live;
  live.Start();
  for (int i = 0; i < 20; ++i) {
    Awaited on;
    Awaited off;
    live.robot->EnableTorque(live.arm(), live.lease, on.Done());
    live.robot->ReleaseTorque(live.arm(), live.lease, off.Done());
    EXPECT_TRUE(on.Wait().ok());
    EXPECT_TRUE(off.Wait().ok());
    EXPECT_EQ(live.robot->State(0).groups[0].mode, Mode::kLimp);
  }
}

TEST(RobotRuntimeTest, ACancelledOperationIsAnsweredOnceAndSoAreThoseBehindIt) {
  LiveRuntime live;
  live.Start();
  ASSERT_TRUE(live.ReleaseTorque().ok());
  Awaited enable;
  live.robot->CancelOperation(live.robot->EnableTorque(live.arm(), live.lease, enable.Done()));
  EXPECT_EQ(enable.Wait().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(live.ReleaseTorque().ok());
  live.robot->CancelOperation(0);
  live.robot->CancelOperation(12345);
}

TEST(RobotRuntimeTest, RefusalsComeAsAnswersToo) {
  LiveRuntime live;
  live.Start();
  Awaited enable;
  live.robot->EnableTorque(live.arm(), {}, enable.Done());
  EXPECT_EQ(ProblemOf(enable.Wait()).reason, "LEASE_MISSING");
  Awaited move;
  MoveRequest request = live.MoveOf(50, 0s);
  live.robot->StartMove(request, IgnoreProgress, move.Done());
  EXPECT_EQ(ProblemOf(move.Wait()).reason, "OUTSIDE_RANGE");
}

TEST(RobotRuntimeTest, WhatStillWaitsAtTheEndIsAnswered) {
  LiveRuntime live;
  live.Start();
  Awaited move;
  live.robot->StartMove(live.MoveOf(0.5, 100s), IgnoreProgress, move.Done());
  live.robot->Stop(control::EndState::kHold, 30s);
  EXPECT_FALSE(move.Wait().ok());
}

}  // namespace
}  // namespace soarm
