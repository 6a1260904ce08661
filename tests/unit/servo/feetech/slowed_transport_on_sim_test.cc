// A transport that becomes slow, or quick, while the bus is open.

#include <cmath>

#include <gtest/gtest.h>

#include "server/servo/feetech/packet.h"
#include "tests/unit/servo/feetech/simulated_bus.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SlowedTransportTest : public SimulatedBusTest, public testing::WithParamInterface<int> {
 protected:
  void SetUp() override {
    // As the daemon sets it for this period.
    options_.allowance_max = milliseconds(2);
    SetUpRobot("so101");
    Open();
    TicksFor(seconds(1));
  }
  long DelayMs() { return std::lround(1e3 * ToSeconds(Tick().adapter.delay)); }
  std::uint32_t MissesIn(Nanos span) {
    std::uint32_t misses = 0;
    for (const MonoTime end = clock_.Now() + span; clock_.Now() < end;) {
      misses += Tick().answers_missed;
    }
    return misses;
  }
};

TEST_P(SlowedTransportTest, TorqueComesOnAllTheSame) {
  ASSERT_TRUE(world().Batch(milliseconds(GetParam())).ok());
  const BusOperationResult result =
      Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()});
  EXPECT_EQ(result.phase, BusOperationResult::Phase::kDone) << static_cast<int>(result.refusal);
  for (int id = 1; id <= 6; ++id) EXPECT_EQ(ByteOf(id, 40), 1);
}

TEST_P(SlowedTransportTest, LateAnswersOfOursAreNobodyElses) {
  ASSERT_TRUE(world().Batch(milliseconds(GetParam())).ok());
  TicksFor(seconds(1));
  std::uint32_t foreign = 0;
  std::uint32_t missed = 0;
  for (const MonoTime end = clock_.Now() + seconds(3); clock_.Now() < end;) {
    const BusTick tick = Tick();
    foreign += tick.foreign_bytes;
    missed += tick.answers_missed;
  }
  EXPECT_EQ(foreign, 0);
  EXPECT_EQ(missed, 0);
}

TEST_P(SlowedTransportTest, IsNamedWithWhatItTakesAndNoLongerOnceThatIsOver) {
  ASSERT_TRUE(world().Batch(milliseconds(GetParam())).ok());
  TicksFor(seconds(1));
  EXPECT_EQ(DelayMs(), GetParam() >= 3 ? GetParam() : 0);
  ASSERT_TRUE(world().Batch(Nanos(0)).ok());
  TicksFor(seconds(4));
  EXPECT_EQ(DelayMs(), 0);
  EXPECT_LE(bus_->allowance(), options_.allowance_max);
  EXPECT_EQ(MissesIn(seconds(1)), 0);
}

TEST_P(SlowedTransportTest, FollowsWhatBecomesSlowerStill) {
  ASSERT_TRUE(world().Batch(milliseconds(GetParam())).ok());
  TicksFor(seconds(1));
  ASSERT_TRUE(world().Batch(milliseconds(18)).ok());
  TicksFor(seconds(2));
  EXPECT_EQ(DelayMs(), 18);
}

TEST_P(SlowedTransportTest, GoalsGoOnToReachTheJoints) {
  EXPECT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}).phase,
            BusOperationResult::Phase::kDone);
  ASSERT_TRUE(world().Batch(milliseconds(GetParam())).ok());
  TicksFor(seconds(1));
  const double goal = samples_[3].goal_rad + 0.02;
  goals_[3] = {.write = true, .value = goal};
  TicksFor(seconds(1));
  EXPECT_NEAR(samples_[3].goal_rad, goal, 0.002);
  for (const JointSample& sample : samples_) EXPECT_TRUE(sample.writable);
}

INSTANTIATE_TEST_SUITE_P(Milliseconds, SlowedTransportTest, testing::Values(1, 2, 3, 5, 8, 12, 16));

class SlowedTooMuchTest : public SlowedTransportTest {};

TEST_P(SlowedTooMuchTest, RefusesTorqueForWhatItIsAndReleasesAllTheSame) {
  ASSERT_TRUE(world().Batch(milliseconds(GetParam())).ok());
  const BusOperationResult result =
      Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()});
  EXPECT_EQ(result.refusal, BusRefusal::kSlowTransport) << "found out in the midst of it";
  for (int id = 1; id <= 6; ++id) EXPECT_EQ(ByteOf(id, 40), 0);
  EXPECT_FALSE(Tick().adapter.lets_drive);
  EXPECT_EQ(DelayMs(), GetParam());
  EXPECT_EQ(bus_->Begin({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}),
            BusRefusal::kSlowTransport);
  EXPECT_EQ(Run({.kind = BusOperation::kReleaseTorque, .joints = AllJoints()}).phase,
            BusOperationResult::Phase::kDone);
  EXPECT_EQ(MissesIn(seconds(1)), 0);
}

INSTANTIATE_TEST_SUITE_P(Milliseconds, SlowedTooMuchTest, testing::Values(25, 35));

// What is no slow transport, however much of it there is.
class NoSlowTransportTest : public SlowedTransportTest {
 protected:
  void ExpectQuick(Nanos span) {
    for (const MonoTime end = clock_.Now() + span; clock_.Now() < end;) {
      ASSERT_EQ(Tick().adapter.delay, Nanos(0));
      ASSERT_LE(bus_->allowance(), options_.allowance_max);
    }
  }
};

TEST_F(NoSlowTransportTest, ASlowServo) {
  ASSERT_TRUE(world().Delay(3, milliseconds(12)).ok());
  ExpectQuick(seconds(5));
  ASSERT_TRUE(world().Delay(3, milliseconds(4)).ok());
  ExpectQuick(seconds(5));
}

TEST_F(NoSlowTransportTest, AServoThatIsMute) {
  for (int id = 2; id <= 6; ++id) {
    ASSERT_TRUE(world().Mute(id, true).ok());
    ExpectQuick(seconds(2));
  }
}

TEST_F(NoSlowTransportTest, ABusThatIsSilentForAWhile) {
  for (int id = 1; id <= 6; ++id) ASSERT_TRUE(world().Mute(id, true).ok());
  ExpectQuick(milliseconds(500));
  for (int id = 1; id <= 6; ++id) ASSERT_TRUE(world().Mute(id, false).ok());
  ExpectQuick(seconds(2));
}

TEST_F(NoSlowTransportTest, Noise) {
  for (const double rate : {0.001, 0.01, 0.03}) {
    for (int id = 1; id <= 6; ++id) ASSERT_TRUE(world().CorruptBytes(id, rate).ok());
    ExpectQuick(seconds(5));
  }
}

TEST_F(NoSlowTransportTest, TheTrafficOfAnotherProgram) {
  // It reads what we read, of one servo after the other: its answers look like ours.
  std::uint32_t foreign = 0;
  for (int i = 0; i < 1000; ++i) {
    servo::feetech::PacketBuffer theirs;
    theirs.AddRead(static_cast<std::uint8_t>(1 + i % 6), 56, static_cast<std::uint8_t>(15 + i % 4));
    port_->CatchUp();
    model_->HostBytes(clock_.Now(), theirs.bytes(), options_.baud);
    clock_.Advance(milliseconds(i % 3));
    const BusTick tick = Tick();
    foreign += tick.foreign_bytes;
    ASSERT_EQ(tick.adapter.delay, Nanos(0)) << i;
    ASSERT_LE(bus_->allowance(), options_.allowance_max) << i;
  }
  EXPECT_GT(foreign, 1000);
}

TEST_F(NoSlowTransportTest, AnAdapterThatStuttersNowAndThen) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(world().Batch(milliseconds(9)).ok());
    Tick();
    ASSERT_TRUE(world().Batch(Nanos(0)).ok());
    ExpectQuick(milliseconds(700));
  }
}

}  // namespace
}  // namespace soarm
