#include <optional>

#include "tests/unit/servo/feetech/simulated_bus.h"

namespace soarm {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// A joint that presses against something switches its servo off for over-current, and with
// firmware 3.10 the next goal would switch it on again, unseen. So the moment counts.
// The parameter is the servo's own patience, register 38 in units of 10 ms.
class OverCurrentPhases : public SimulatedBusTest, public testing::WithParamInterface<int> {
 protected:
  static constexpr int kServo = 1;

  void SetUp() override {
    Write(kServo, 28, {154, 0});  // 1 A; locked, it draws 2 A
    Write(kServo, 38, {static_cast<std::uint8_t>(GetParam())});
    Write(kServo, 36, {100});  // no overload, which would come first
    Open();
    port_->on_step = [this] {
      const bool on = ByteOf(kServo, 40) != 0;
      if (was_on_ && !on) ++trips_;
      if (!was_on_ && on) ++rises_;
      was_on_ = on;
    };
  }

  // Under torque, and every tick with a new goal far behind the obstacle.
  void Press() {
    ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}).phase,
              BusOperationResult::Phase::kDone);
    rises_ = trips_ = 0;
    goals_[0].write = true;
    ASSERT_TRUE(world().Block(kServo, 0.03).ok());
  }
  void PressFor(Nanos span) {
    for (const MonoTime end = clock_.Now() + span; clock_.Now() < end;) {
      goals_[0].value = 0.3 + 0.01 * (++pressed_ % 2);
      Tick();
    }
  }
  void ExpectTrippedOnceAndStayedOff(const std::string& when) {
    EXPECT_EQ(trips_, 1) << when;
    EXPECT_EQ(rises_, 0) << when;
    EXPECT_EQ(ByteOf(kServo, 40), 0) << when;
    EXPECT_TRUE(samples_[0].faults.Has(Fault::kOverCurrent)) << when;
  }
  void Recover() {
    goals_[0].write = false;
    ASSERT_TRUE(world().Block(kServo, std::nullopt).ok());
    TicksFor(milliseconds(50));
    ASSERT_EQ(Run({.kind = BusOperation::kClearFault, .joints = AllJoints()}).phase,
              BusOperationResult::Phase::kDone);
  }

  bool was_on_ = false;
  int trips_ = 0;
  int rises_ = 0;
  int pressed_ = 0;
};

TEST_P(OverCurrentPhases, TorqueStaysOffWhereverInTheTickTheServoTrips) {
  // The simulated protections look once a millisecond; shifting the ticks against them by an
  // eighth at a time brings the trip to forty places in the period.
  for (int shift = 0; shift < 40; ++shift) {
    const std::string when = "shift " + std::to_string(shift);
    clock_.Advance(microseconds(125));
    next_tick_ = clock_.Now();
    Press();
    PressFor(milliseconds(300 + 10 * GetParam()));
    ExpectTrippedOnceAndStayedOff(when);
    if (HasFailure()) return;
    Recover();
  }
}

TEST_P(OverCurrentPhases, TorqueStaysOffWhenTheHostStoodStillMeanwhile) {
  for (int frozen_ms = 20; frozen_ms <= 400; frozen_ms += 20) {
    const std::string when = "frozen for " + std::to_string(frozen_ms) + " ms";
    Press();
    // Not so long that our own timer ends before.
    PressFor(milliseconds((30 + 7 * frozen_ms / 20) % (8 * GetParam())));
    clock_.Advance(milliseconds(frozen_ms));
    PressFor(milliseconds(300 + 10 * GetParam()));
    ExpectTrippedOnceAndStayedOff(when);
    if (HasFailure()) return;
    Recover();
  }
}

INSTANTIATE_TEST_SUITE_P(Patience, OverCurrentPhases, testing::Values(2, 3, 5, 20, 30));

class CurrentReadingTest : public SimulatedBusTest {};

// At 700 Hz the sync read has no room for the current, and the rest of the period none for a single
// read. Goals that wait for a reading would then wait for ever.
TEST_F(CurrentReadingTest, GoalsFlowAtRatesThatLeaveNoRoomForReadingTheCurrent) {
  SetUpRobot("so101", microseconds(1430));
  Open();
  ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = MaskOf(4)}).phase,
            BusOperationResult::Phase::kDone);
  goals_[4].write = true;
  int written = 0;
  for (int i = 0; i < 2500; ++i) {
    goals_[4].value = 0.01 * (i % 2);
    written += Tick().written != 0 ? 1 : 0;
  }
  EXPECT_GT(written, 2400);
}

}  // namespace
}  // namespace soarm
