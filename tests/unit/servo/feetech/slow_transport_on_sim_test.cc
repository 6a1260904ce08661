// Adapters that hold answers back: an FTDI as it comes, USB over a network.

#include <cmath>

#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/simulated_bus.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Bytes reach the host in batches, so many milliseconds apart.
class SlowTransportTest : public SimulatedBusTest, public testing::WithParamInterface<int> {
 protected:
  void OpenSlowly() {
    ASSERT_TRUE(world().Batch(milliseconds(GetParam())).ok());
    Open();
  }
  std::uint32_t MissesIn(Nanos span) {
    std::uint32_t misses = 0;
    for (const MonoTime end = clock_.Now() + span; clock_.Now() < end;) {
      misses += Tick().answers_missed;
    }
    return misses;
  }
};

TEST_P(SlowTransportTest, EveryServoIsFoundAndNoneIsMissed) {
  OpenSlowly();
  EXPECT_EQ(MissesIn(seconds(5)), 0);
  for (const JointSample& sample : samples_) EXPECT_FALSE(sample.faults.Any());
}

TEST_P(SlowTransportTest, IsNamedWithWhatItTakes) {
  OpenSlowly();
  const AdapterState adapter = Tick().adapter;
  const int named = GetParam() >= 3 ? GetParam() : 0;
  EXPECT_EQ(std::lround(1e3 * ToSeconds(adapter.delay)), named);
  EXPECT_EQ(adapter.lets_drive, named > 0 && named <= 20);
}

TEST_P(SlowTransportTest, NoLateEchoPassesForAServo) {
  world().Echo(true);
  ASSERT_TRUE(world().DetachServo(6).ok());
  OpenSlowly();
  TicksFor(seconds(2));
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(samples_[i].misses, 0) << i;
    EXPECT_FALSE(samples_[i].faults.Any()) << i;
  }
  EXPECT_TRUE(samples_[5].faults.Has(Fault::kQuarantined));
  EXPECT_FALSE(samples_[5].faults.Has(Fault::kSupplyVoltage));
}

INSTANTIATE_TEST_SUITE_P(Milliseconds, SlowTransportTest,
                         testing::Values(1, 2, 3, 4, 6, 8, 12, 16, 25, 35));

class DrivableTransportTest : public SlowTransportTest {};

TEST_P(DrivableTransportTest, TorqueComesOn) {
  OpenSlowly();
  EXPECT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}).phase,
            BusOperationResult::Phase::kDone);
  for (int id = 1; id <= 6; ++id) EXPECT_EQ(ByteOf(id, 40), 1);
}

INSTANTIATE_TEST_SUITE_P(Milliseconds, DrivableTransportTest,
                         testing::Values(1, 2, 3, 4, 6, 8, 12, 16));

class TooSlowTransportTest : public SlowTransportTest {};

TEST_P(TooSlowTransportTest, RefusesTorqueForWhatItIsAndReleasesAllTheSame) {
  OpenSlowly();
  TicksFor(seconds(1));
  EXPECT_EQ(bus_->Begin({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}),
            BusRefusal::kSlowTransport);
  EXPECT_EQ(Run({.kind = BusOperation::kReleaseTorque, .joints = AllJoints()}).phase,
            BusOperationResult::Phase::kDone);
}

INSTANTIATE_TEST_SUITE_P(Milliseconds, TooSlowTransportTest, testing::Values(25, 35));

TEST_F(SimulatedBusTest, OneSlowServoIsNoSlowTransport) {
  ASSERT_TRUE(world().Delay(3, milliseconds(12)).ok());
  Open();
  EXPECT_LE(bus_->allowance(), options_.allowance_max);
}

}  // namespace
}  // namespace soarm
