#include "server/control/controlled_robot.h"

#include <atomic>
#include <limits>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "server/control/problems.h"
#include "tests/fakes/fake_bus.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

// A robot with real cycles over fake buses. Tests wait for states, never for time.
struct Live {
  explicit Live(const std::vector<std::string>& models, ControlOptions options = {}) {
    options.rate_hz = 500;
    std::vector<BusSetup> setups;
    for (const std::string& name : models) {
      RobotModel model = *FindRobotModel(name);
      if (setups.size() == 1 && name == "so101") model.groups[0].name = "right_arm";
      auto bus = std::make_unique<FakeBus>(model, clock);
      buses.push_back(bus.get());
      setups.push_back({"bus" + std::to_string(setups.size()), model, std::move(bus)});
    }
    robot.emplace(std::move(setups), options, clock);
  }

  template <typename Predicate>
  bool Await(Predicate reached) {
    const MonoTime give_up = clock.Now() + 30s;
    for (;;) {
      const std::uint32_t seen = robot->ticked().signal().count();
      robot->ticked().Ask();
      if (reached()) return true;
      if (clock.Now() > give_up) return false;
      robot->ticked().signal().Wait(seen, give_up);
    }
  }
  bool AwaitMode(GroupId group, Mode mode) {
    return Await([&] { return robot->StateOf(group).mode == mode; });
  }
  LeaseRef Lease(GroupMask groups) {
    LeaseRequest request;
    request.groups = groups;
    request.client_name = "test";
    request.ttl = 60s;
    return robot->leases().Acquire(request)->lease;
  }
  // What comes of an operation.
  absl::Status Do(const absl::StatusOr<OperationId>& begun) {
    if (!begun.ok()) return begun.status();
    std::optional<absl::Status> answer;
    Await([&] {
      robot->AdvanceOperations();
      return (answer = robot->TakeAnswer(*begun)).has_value();
    });
    return answer.value_or(absl::DeadlineExceededError("no answer"));
  }
  absl::Status Enable(GroupId group, const LeaseRef& lease) {
    return Do(robot->EnableTorque(group, lease));
  }

  MonotonicClock clock;
  std::vector<FakeBus*> buses;  // before Start() and after Stop() only
  std::optional<ControlledRobot> robot;
};

TEST(ControlledRobotTest, EnablesMovesFollowsAndEndsLimp) {
  Live live({"so101"});
  ASSERT_TRUE(live.robot->Start().ok());
  ASSERT_TRUE(live.AwaitMode(0, Mode::kLimp));
  const LeaseRef lease = live.Lease(1);
  const absl::Status enabled = live.Enable(0, lease);
  ASSERT_TRUE(enabled.ok()) << enabled;
  ASSERT_TRUE(live.AwaitMode(0, Mode::kHold));

  MoveGoal goal;
  goal.joints = MaskOf(0);
  goal.target_rad[0] = 0.1;
  const auto begun = live.robot->StartMove(0, lease, goal);
  ASSERT_TRUE(begun.ok()) << begun.status();
  ASSERT_TRUE(live.Do(begun->operation).ok());
  ASSERT_TRUE(live.Await([&] {
    const MoveState progress = live.robot->Move(0);
    return progress.id == begun->move && progress.phase != MovePhase::kRunning;
  }));
  EXPECT_TRUE(live.robot->MoveStatus(0, lease, live.robot->Move(0)).ok());

  GroupCommand command;
  command.stream = live.robot->OpenStream();
  command.sequence = 1;
  command.epoch = lease.epoch;
  command.fence = lease.fence;
  command.received_at = live.clock.Now();
  command.not_after = command.received_at + 500ms;
  command.joints = MaskOf(0);
  command.target[0] = 0.11;
  live.robot->Post(0, command);
  std::optional<TickVerdict> verdict;
  ASSERT_TRUE(live.Await([&] { return (verdict = live.robot->PopVerdict(0)).has_value(); }));
  EXPECT_EQ(verdict->stream, command.stream);
  live.robot->EndStream(command.stream);
  ASSERT_TRUE(live.AwaitMode(0, Mode::kHold));

  const auto reports = live.robot->Stop(EndState::kLimp, 30s);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_TRUE(reports[0].reached);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(live.buses[0]->joint(i).torque);
}

TEST(ControlledRobotTest, ACommandOfAFormerLeaseDisplacesNoneOfTheCurrentOne) {
  Live live({"so101"});
  GroupCommand current;
  current.stream = 1;
  current.fence = 20;
  GroupCommand late = current;  // was judged just before the takeover
  late.stream = 2;
  late.fence = 10;
  EXPECT_FALSE(live.robot->Post(0, current));
  const auto refused = live.robot->Post(0, late);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->stream, 2u) << "the one that came too late, not the one that waits";
  const auto displaced = live.robot->Post(0, current);
  ASSERT_TRUE(displaced);
  EXPECT_EQ(displaced->stream, 1u) << "it still waited";
}

TEST(ControlledRobotTest, AllBusesComeToTheirEndAtTheSameTime) {
  Live live({"so101", "so101"});
  std::atomic<bool> second_has_ended{false};
  live.buses[0]->may_end = [&] { return second_has_ended.load(); };
  live.buses[1]->may_end = [&] { return second_has_ended = true; };
  ASSERT_TRUE(live.robot->Start().ok());
  ASSERT_TRUE(live.AwaitMode(0, Mode::kLimp));
  ASSERT_TRUE(live.AwaitMode(1, Mode::kLimp));
  const auto reports = live.robot->Stop(EndState::kLimp, 30s);
  EXPECT_TRUE(reports[0].reached);
  EXPECT_TRUE(reports[1].reached);
}

TEST(ControlledRobotTest, AStopOnOneArmHoldsTheArmLeasedTogetherWithIt) {
  Live live({"so101", "so101"});
  ASSERT_TRUE(live.robot->Start().ok());
  ASSERT_TRUE(live.AwaitMode(0, Mode::kLimp));
  ASSERT_TRUE(live.AwaitMode(1, Mode::kLimp));
  const LeaseRef lease = live.Lease(0b11);
  ASSERT_TRUE(live.Enable(0, lease).ok());
  ASSERT_TRUE(live.Enable(1, lease).ok());
  MoveGoal goal;
  goal.joints = MaskOf(0);
  goal.target_rad[0] = 1.5;
  goal.min_duration_s = 100;
  ASSERT_TRUE(live.robot->StartMove(1, lease, goal).ok());
  ASSERT_TRUE(live.AwaitMode(1, Mode::kMove));
  live.robot->stops().Assert(0b01, StopLevel::kHold, "test", "");
  EXPECT_TRUE(live.AwaitMode(1, Mode::kHold));
}

TEST(ControlledRobotTest, RefusalsNameTheJointAndWhatToDo) {
  Live live({"so101"});
  live.buses[0]->joint(2).refuse_enable = true;
  ASSERT_TRUE(live.robot->Start().ok());
  ASSERT_TRUE(live.AwaitMode(0, Mode::kLimp));
  const absl::Status status = live.Enable(0, live.Lease(1));
  const Problem problem = ProblemOf(status);
  EXPECT_EQ(problem.reason, "SERVO_FAULT");
  EXPECT_EQ(problem.subject, "arm/elbow_flex");
  EXPECT_FALSE(problem.fix.empty());
}

TEST(ControlledRobotTest, NothingWorksWithoutALeaseOrOnALeader) {
  Live live({"so101", "so101_leader"});
  EXPECT_EQ(ProblemOf(live.Enable(0, {})).reason, "LEASE_MISSING");
  EXPECT_EQ(ProblemOf(live.Enable(1, {})).reason, "READ_ONLY_GROUP");
  EXPECT_EQ(live.robot->writable_groups(), 0b01u);
}

TEST(ControlledRobotTest, FindsGroupsAndJointsOrSaysWhichThereAre) {
  Live live({"lekiwi"});
  EXPECT_EQ(*live.robot->FindGroup(""), 0);
  EXPECT_EQ(*live.robot->FindGroup("base"), 1);
  EXPECT_NE(ProblemOf(live.robot->FindGroup("head").status()).message.find("arm, base"),
            std::string::npos);
  EXPECT_EQ(*live.robot->FindJoint(1, "back_wheel"), 7);
  EXPECT_TRUE(absl::IsNotFound(live.robot->FindGroup("head").status()));
  const absl::Status no_joint = live.robot->FindJoint(1, "gripper").status();
  EXPECT_EQ(ProblemOf(no_joint).reason, "UNKNOWN_JOINT");
  EXPECT_TRUE(absl::IsInvalidArgument(no_joint));
  EXPECT_EQ(live.robot->SubjectOf(0, 2), "arm/elbow_flex");
}

// Before the first tick all slots of the queue are taken and more wait behind them.
TEST(ControlledRobotTest, AGroupThatIsNotNamedThoughSeveralCouldBeMeantIsAnInvalidArgument) {
  Live live({"so101", "so101"});
  const absl::Status unclear = live.robot->FindGroup("").status();
  EXPECT_EQ(ProblemOf(unclear).reason, "GROUP_NEEDED");
  EXPECT_TRUE(absl::IsInvalidArgument(unclear));
}

TEST(ControlledRobotTest, ASpeedScaleIsFromStandingStillToOne) {
  Live live({"so101"});
  const LeaseRef lease = live.Lease(1);
  EXPECT_TRUE(live.robot->SetSpeedScale(lease, 0).ok());
  EXPECT_EQ(live.robot->SpeedScale(0), 0);
  EXPECT_TRUE(live.robot->SetSpeedScale(lease, 1).ok());
  for (const double scale : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    const absl::Status refused = live.robot->SetSpeedScale(lease, scale);
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << scale;
    EXPECT_EQ(ProblemOf(refused).reason, "BAD_SPEED_SCALE");
  }
  EXPECT_EQ(live.robot->SpeedScale(0), 1);
}

TEST(ControlledRobotTest, NeitherACancelNorATorqueOffIsRefusedForAFullQueue) {
  Live live({"so101"});
  ASSERT_TRUE(live.robot->Start().ok());
  ASSERT_TRUE(live.AwaitMode(0, Mode::kLimp));
  const LeaseRef lease = live.Lease(1);
  const auto first = live.robot->StartMove(0, lease, {});
  ASSERT_TRUE(first.ok());
  absl::Status refused;
  for (int i = 0; i < 1000 && refused.ok(); ++i) {
    refused = live.robot->EnableTorque(0, lease).status();
  }
  const Problem problem = ProblemOf(refused);
  EXPECT_EQ(problem.reason, "TOO_MANY_OPERATIONS");
  EXPECT_EQ(problem.code, absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(problem.fix.empty());
  EXPECT_TRUE(live.robot->CancelMove(0, lease, first->move).ok());
  EXPECT_TRUE(live.robot->ReleaseTorque(0, lease).ok());
}

TEST(ControlledRobotTest, TorqueDoesNotComeOnForSomebodyWhoGaveUpBeforeItsTurn) {
  Live live({"so101"});
  ASSERT_TRUE(live.robot->Start().ok());
  ASSERT_TRUE(live.AwaitMode(0, Mode::kLimp));
  const LeaseRef lease = live.Lease(1);
  const auto release = live.robot->ReleaseTorque(0, lease);
  const auto enable = live.robot->EnableTorque(0, lease);
  ASSERT_TRUE(enable.ok());
  live.robot->GiveUp(*enable);
  live.robot->GiveUp(*release);
  EXPECT_FALSE(live.robot->TakeAnswer(*enable));
  ASSERT_TRUE(live.Do(live.robot->ClearFault(0, std::nullopt, lease)).ok());
  EXPECT_EQ(live.robot->StateOf(0).mode, Mode::kLimp);
}

TEST(ControlledRobotTest, ATorqueOffEndsTheEnablesThatWereAskedForBefore) {
  Live live({"so101"});
  ASSERT_TRUE(live.robot->Start().ok());
  ASSERT_TRUE(live.AwaitMode(0, Mode::kLimp));
  const LeaseRef lease = live.Lease(1);
  ASSERT_TRUE(live.robot->EnableTorque(0, lease).ok());
  const auto waits = live.robot->EnableTorque(0, lease);
  const auto release = live.robot->ReleaseTorque(0, lease);
  EXPECT_TRUE(live.Do(release).ok());
  EXPECT_EQ(ProblemOf(live.Do(waits)).reason, "INTERRUPTED");
  EXPECT_EQ(live.robot->StateOf(0).mode, Mode::kLimp);
}

TEST(ControlledRobotTest, ABusThatIsNotThereSaysSo) {
  Live live({"so101"});
  live.buses[0]->present = false;
  ASSERT_TRUE(live.robot->Start().ok());
  ASSERT_TRUE(live.Await([&] { return live.robot->State(0).ticks_run > 0; }));
  EXPECT_EQ(ProblemOf(live.Enable(0, live.Lease(1))).reason, "BUS_NOT_OPEN");
  EXPECT_FALSE(live.robot->OpenStatus(0).ok());
}

TEST(ControlledRobotTest, RequiredRealtimeThatIsRefusedFailsTheStart) {
  ControlOptions options;
  options.require_realtime = true;
  options.cpu = 1000;  // no machine has it
  Live live({"so101"}, options);
  const absl::Status status = live.robot->Start();
  EXPECT_FALSE(status.ok());
  EXPECT_NE(ToStd(status.message()).find("processor affinity"), std::string_view::npos);
}

TEST(ControlledRobotTest, AMoveCutShortIsAbortedWithItsReasonAndALostBusIsUnavailable) {
  const std::vector<std::pair<MovePhase, std::string>> cut_short = {
      {MovePhase::kInterrupted, "INTERRUPTED"}, {MovePhase::kStopped, "STOPPED"},
      {MovePhase::kLeaseLost, "LEASE_LOST"},    {MovePhase::kFault, "FAULT"},
      {MovePhase::kBlocked, "BLOCKED"},         {MovePhase::kPeer, "PEER_UNABLE"},
      {MovePhase::kTorqueOff, "TORQUE_OFF"}};
  for (const auto& [phase, reason] : cut_short) {
    const Problem problem = ProblemOfPhase(phase, "arm");
    EXPECT_EQ(problem.code, absl::StatusCode::kAborted) << reason;
    EXPECT_EQ(problem.reason, reason);
    EXPECT_FALSE(problem.fix.empty()) << reason;
  }
  EXPECT_EQ(ProblemOfPhase(MovePhase::kBusLost, "arm").code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(ProblemOfPhase(MovePhase::kCancelled, "arm").code, absl::StatusCode::kCancelled);
}

TEST(ControlledRobotTest, AMoveThatIsTooSlowIsToldHowLongItWouldTake) {
  MoveAnswer answer;
  answer.refusal = MoveRefusal::kTooSlow;
  answer.duration_s = 1234.5;
  const Problem problem = ProblemOfMove(answer, "arm");
  EXPECT_EQ(problem.reason, "TOO_SLOW");
  EXPECT_NE(problem.message.find("1235 s"), std::string::npos) << problem.message;
  EXPECT_EQ(std::stod(problem.facts.at("duration_s")), 1234.5);
  EXPECT_EQ(std::stod(problem.facts.at("most_s")), kLongestMove_s);
  answer.duration_s = std::numeric_limits<double>::infinity();
  EXPECT_NE(ProblemOfMove(answer, "arm").message.find("a year"), std::string::npos);
}

// The configuration refuses it before; what gets past it must not be what the ticks index by.
TEST(ControlledRobotTest, ARobotOfMoreGroupsThanThereIsRoomForDoesNotComeToBe) {
  const std::vector<std::string> room_for(kMaxRobotGroups, "so101");
  const Live full(room_for);
  EXPECT_EQ(full.robot->groups().size(), kMaxRobotGroups);
  std::vector<std::string> one_more = room_for;
  one_more.emplace_back("so101");
  EXPECT_DEATH(Live robot(one_more), "");
}

TEST(ControlledRobotTest, AMoveOutsideIsToldTheNearestEndAndABlockedOneHowFarItCame) {
  MoveAnswer outside;
  outside.refusal = MoveRefusal::kOutsideRange;
  outside.limit_rad = 1.5;
  EXPECT_EQ(std::stod(ProblemOfMove(outside, "arm/gripper").facts.at("limit_rad")), 1.5);
  JointSample sample;
  sample.position_rad = 0.25;
  sample.load = -0.5;
  Problem blocked = ProblemOfPhase(MovePhase::kBlocked, "arm/gripper");
  TellHowBlocked(0.125, sample, blocked);
  EXPECT_EQ(std::stod(blocked.facts.at("short_rad")), 0.125);
  EXPECT_EQ(std::stod(blocked.facts.at("position_rad")), 0.25);
  EXPECT_EQ(std::stod(blocked.facts.at("load")), -0.5);
}

}  // namespace
}  // namespace soarm::control
