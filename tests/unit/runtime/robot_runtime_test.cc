#include "server/runtime/robot_runtime.h"

#include <chrono>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "server/runtime/asked_operation.h"
#include "tests/unit/runtime/live_runtime.h"

namespace soarm {
namespace {

using namespace std::chrono_literals;

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
    live.robot->CancelOperation(second);
    EXPECT_EQ(newer.Wait().code(), absl::StatusCode::kCancelled);
  }
}

TEST(RobotRuntimeTest, AMoveCancelledBeforeItsTickIsCancelledAllTheSame) {
  LiveRuntime live;
  live.Start();
  for (int i = 0; i < 100; ++i) {
    Awaited answer;
    live.robot->CancelOperation(
        live.robot->StartMove(live.MoveOf(0.5, 100s), IgnoreProgress, answer.Done()));
    EXPECT_EQ(answer.Wait().code(), absl::StatusCode::kCancelled);
  }
  // The answer may come a tick before the state that shows it.
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (live.robot->State(0).groups[0].mode != Mode::kHold &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(live.robot->State(0).groups[0].mode, Mode::kHold);
}

// On one bus with the arm: whoever has the base could keep the arm from coming to rest.
TEST(RobotRuntimeTest, AMoveIsCancelledInTheNextTickHoweverMuchWaitsForItsBus) {
  SteppedRuntime stepped(nullptr, "lekiwi");
  const GroupInfo& base = stepped.robot->groups()[1];
  std::optional<absl::Status> enabled;
  stepped.robot->EnableTorque(stepped.arm(), stepped.lease,
                              [&](const absl::Status& status) { enabled = status; });
  for (int i = 0; i < 200 && !enabled; ++i) stepped.Step(1);
  ASSERT_TRUE(enabled && enabled->ok());
  stepped.bus->operation_ticks = 1'000'000;
  MoveRequest move;
  move.lease = stepped.lease;
  move.joints = MaskOf(0);
  move.target_rad[0] = 1.0;
  move.at_least = 100s;
  std::optional<absl::Status> ended;
  const std::uint64_t running = stepped.robot->StartMove(
      move, IgnoreProgress, [&](const absl::Status& status) { ended = status; });
  stepped.Step(5);
  ASSERT_EQ(stepped.robot->State(0).groups[0].mode, Mode::kMove);
  for (int i = 0; i < 100; ++i) {
    for (const GroupInfo* group : {&base, &stepped.arm()}) {
      stepped.robot->ClearFault(*group, 0, stepped.lease, [](const absl::Status&) {});
    }
    stepped.Step(1);
  }
  ASSERT_EQ(stepped.robot->State(0).groups[0].mode, Mode::kMove);
  stepped.robot->CancelOperation(running);
  stepped.Step(1);
  EXPECT_EQ(stepped.robot->State(0).groups[0].mode, Mode::kHold);
  stepped.Step(1);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code(), absl::StatusCode::kCancelled);
}

TEST(RobotRuntimeTest, TorqueOffWaitsForNoMoreThanOneOperationOfAnotherGroup) {
  SteppedRuntime stepped(nullptr, "lekiwi");
  const GroupInfo& base = stepped.robot->groups()[1];
  int of_base = 0;
  for (int i = 0; i < 50; ++i) {
    stepped.robot->ClearFault(base, 0, stepped.lease, [&](const absl::Status&) { ++of_base; });
  }
  stepped.Step(2);
  std::optional<absl::Status> released;
  stepped.robot->ReleaseTorque(stepped.arm(), stepped.lease,
                               [&](const absl::Status& status) { released = status; });
  for (int i = 0; i < 1000 && !released; ++i) stepped.Step(1);
  ASSERT_TRUE(released);
  EXPECT_TRUE(released->ok()) << *released;
  EXPECT_LE(of_base, 2);
}

TEST(RobotRuntimeTest, TorqueOffAskedAfterTorqueOnEndsItUnlessItIsThrough) {
  LiveRuntime live;
  live.Start();
  for (int i = 0; i < 20; ++i) {
    Awaited on;
    Awaited off;
    live.robot->EnableTorque(live.arm(), live.lease, on.Done());
    live.robot->ReleaseTorque(live.arm(), live.lease, off.Done());
    const absl::Status enabled = on.Wait();
    EXPECT_TRUE(enabled.ok() || ProblemOf(enabled).reason == "INTERRUPTED") << enabled;
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

TEST(RobotRuntimeTest, ALeaseIsReleasedWithItsOwnTokenOnly) {
  LiveRuntime live;
  live.Start();
  LeaseRef guess = live.lease;
  guess.token = "00";
  const absl::Status refused = live.robot->ReleaseLease(guess);
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ProblemOf(refused).reason, "LEASE_UNKNOWN");
  EXPECT_EQ(live.robot->ListLeases().size(), 1u);
  EXPECT_TRUE(live.robot->ReleaseLease(live.lease).ok());
  EXPECT_TRUE(live.robot->ReleaseLease(live.lease).ok()) << "it has ended already";
  EXPECT_EQ(ProblemOf(live.robot->ReleaseLease(guess)).reason, "LEASE_UNKNOWN")
      << "also of one that has ended";
  LeaseRef invented = live.lease;
  invented.fence += 1;
  LeaseRef of_another_daemon = live.lease;
  of_another_daemon.epoch += 1;
  for (const LeaseRef& never_granted : {invented, of_another_daemon}) {
    EXPECT_EQ(ProblemOf(live.robot->ReleaseLease(never_granted)).reason, "LEASE_UNKNOWN");
  }
}

TEST(RobotRuntimeTest, TorqueOffUnderAMoveAbortsIt) {
  LiveRuntime live;
  live.Start();
  Awaited move;
  Awaited moves;
  std::once_flag told;
  const auto progress = [&, moves = moves.Done()](const MoveProgress&) {
    std::call_once(told, [&] { moves(absl::OkStatus()); });
  };
  live.robot->StartMove(live.MoveOf(0.5, 100s), progress, move.Done());
  ASSERT_TRUE(moves.Wait().ok());
  ASSERT_TRUE(live.ReleaseTorque().ok());
  const absl::Status status = move.Wait();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ProblemOf(status).reason, "TORQUE_OFF");
}

TEST(RobotRuntimeTest, AMoveThatAFaultCutsShortOrKeepsFromBeginningNamesIt) {
  SteppedRuntime stepped;
  std::optional<absl::Status> enabled;
  stepped.robot->EnableTorque(stepped.arm(), stepped.lease,
                              [&](const absl::Status& status) { enabled = status; });
  for (int i = 0; i < 200 && !enabled; ++i) stepped.Step(1);
  ASSERT_TRUE(enabled && enabled->ok());
  MoveRequest move;
  move.lease = stepped.lease;
  move.joints = MaskOf(0);
  move.target_rad[0] = 1.0;
  move.at_least = 100s;
  for (const bool begun : {true, false}) {
    std::optional<absl::Status> ended;
    stepped.robot->StartMove(move, IgnoreProgress,
                             [&](const absl::Status& status) { ended = status; });
    if (begun) stepped.Step(5);
    stepped.bus->joint(0).faults = FaultSet::Bit(Fault::kSettingsChanged);
    for (int i = 0; i < 10 && !ended; ++i) stepped.Step(1);
    ASSERT_TRUE(ended);
    const Problem problem = ProblemOf(*ended);
    EXPECT_EQ(problem.reason, "FAULT");
    EXPECT_EQ(problem.code,
              begun ? absl::StatusCode::kAborted : absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(problem.facts.at("faults"), "SETTINGS_CHANGED");
    EXPECT_NE(problem.message.find("SETTINGS_CHANGED"), std::string::npos) << problem.message;
  }
}

TEST(RobotRuntimeTest, TheErrorOfAMoveGrowsWhileItsTargetYields) {
  SteppedRuntime stepped;
  std::optional<absl::Status> ended;
  stepped.robot->EnableTorque(stepped.arm(), stepped.lease,
                              [&](const absl::Status& status) { ended = status; });
  for (int i = 0; i < 200 && !ended; ++i) stepped.Step(1);
  ASSERT_TRUE(ended && ended->ok());
  ended.reset();
  stepped.bus->joint(0).block_at_rad = 0.1;
  MoveRequest move;
  move.lease = stepped.lease;
  move.joints = MaskOf(0);
  move.target_rad[0] = 0.6;
  std::vector<double> errors_rad;
  stepped.robot->StartMove(
      move, [&](const MoveProgress& progress) { errors_rad.push_back(progress.largest_error_rad); },
      [&](const absl::Status& status) { ended = status; });
  for (int i = 0; i < 4000 && !ended; ++i) {
    stepped.robot->RenewLease(stepped.lease).IgnoreError();
    stepped.Step(1);
  }
  ASSERT_TRUE(ended);
  EXPECT_EQ(ProblemOf(*ended).reason, "BLOCKED");
  ASSERT_FALSE(errors_rad.empty());
  EXPECT_NEAR(errors_rad.back(), 0.5, 0.01);
}

TEST(RobotRuntimeTest, AMoveThatATakeoverCutsShortIsToldWhoTookTheLease) {
  LiveRuntime live;
  live.Start();
  Awaited move;
  live.robot->StartMove(live.MoveOf(0.5, 100s), IgnoreProgress, move.Done());
  LeaseRequest person;
  person.client_name = "anna";
  person.lease_class = person.highest_allowed = LeaseClass::kSupervisor;
  person.preempt = true;
  ASSERT_TRUE(live.robot->AcquireLease(person).ok());
  const Problem problem = ProblemOf(move.Wait());
  EXPECT_EQ(problem.reason, "LEASE_LOST");
  ASSERT_TRUE(problem.facts.contains("by")) << problem.message;
  EXPECT_EQ(problem.facts.at("by"), "anna");
  EXPECT_EQ(problem.facts.at("reason"), "PREEMPTED");
  EXPECT_NE(problem.message.find("'anna' (SUPERVISOR)"), std::string::npos) << problem.message;
}

TEST(RobotRuntimeTest, WhatStillWaitsAtTheEndIsAnswered) {
  LiveRuntime live;
  live.Start();
  Awaited move;
  live.robot->StartMove(live.MoveOf(0.5, 100s), IgnoreProgress, move.Done());
  live.robot->Stop(control::EndState::kHold, 30s);
  EXPECT_FALSE(move.Wait().ok());
}

TEST(AskedOperationTest, AnOperationWithoutAReplyIsGivenUpAfterItsTimeLimit) {
  SteppedRuntime stepped;
  stepped.bus->operation_ticks = 100'000;
  std::optional<absl::Status> answer;
  stepped.robot->EnableTorque(stepped.arm(), stepped.lease,
                              [&](const absl::Status& status) { answer = status; });
  const MonoTime began = stepped.clock.Now();
  while (!answer && stepped.clock.Now() - began < 10s) stepped.Step(1);
  ASSERT_TRUE(answer);
  EXPECT_EQ(ProblemOf(*answer).reason, "NO_REPLY");
  EXPECT_GE(stepped.clock.Now() - began, AskedOperation::kTimeLimit);
  EXPECT_LE(stepped.clock.Now() - began, AskedOperation::kTimeLimit + 20ms);
}

}  // namespace
}  // namespace soarm
