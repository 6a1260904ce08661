#include <random>

#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/bus_fixture.h"

namespace soarm {
namespace {

class BadWireTest : public BusFixture {
 protected:
  int PingsTo(std::uint8_t id) const {
    int count = 0;
    for (const auto& request : port_->requests) {
      if (request.instruction == 0x01 && request.id == id) ++count;
    }
    return count;
  }
};

TEST_F(BadWireTest, ADamagedAnswerKeepsTheOthers) {
  MakeAndOpen();
  Ticks(2);
  servo(3).corrupt = 1;
  const BusTick tick = Tick();
  EXPECT_EQ(tick.answered, AllJoints() & ~MaskOf(2));
  EXPECT_EQ(tick.answers_corrupt, 1U);
  EXPECT_EQ(tick.foreign_bytes, 0U);
  EXPECT_EQ(samples_[2].misses, 1U);
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kCorruptReply));
  EXPECT_EQ(Tick().answered, AllJoints());
  EXPECT_FALSE(samples_[2].faults.Any());
}

TEST_F(BadWireTest, DamagedAnswersToSingleReadsAreCountedToo) {
  options_.allowance_min = options_.allowance_max;  // long answers do not fit the tick then
  MakeAndOpen();
  Ticks(2);
  for (std::uint8_t id = 1; id <= 6; ++id) servo(id).corrupt = 2;
  std::uint32_t corrupt = 0;
  for (int i = 0; i < 60; ++i) corrupt += Tick().answers_corrupt;
  EXPECT_EQ(corrupt, 12U);
}

TEST_F(BadWireTest, ADamagedAnswerDoesNotCutOffALateOneBehindIt) {
  MakeAndOpen();
  Ticks(2);
  servo(3).corrupt = 1;
  servo(6).delay_count = 1;
  servo(6).delay = bus_->allowance() + std::chrono::milliseconds(1);
  EXPECT_EQ(Tick().answered, AllJoints() & ~MaskOf(2));
}

TEST_F(BadWireTest, AnImpossiblePositionIsDamageUnlessTheServoCountsTurns) {
  Make();
  servo(2).Set(18, 1, 12 | 16);
  Open();
  Ticks(2);
  servo(1).Set(56, 2, 4096);
  servo(2).Set(56, 2, 0x8000 | 100);
  Ticks(2);  // so far off that it is asked again
  EXPECT_EQ(Tick().answered, AllJoints() & ~MaskOf(0));
  EXPECT_TRUE(samples_[0].faults.Has(Fault::kCorruptReply));
  EXPECT_EQ(samples_[1].position_raw, -100);
}

TEST_F(BadWireTest, ATruncatedAnswerKeepsTheOthers) {
  MakeAndOpen();
  Ticks(2);
  servo(6).truncate = 1;
  EXPECT_EQ(Tick().answered, AllJoints() & ~MaskOf(5));
  EXPECT_EQ(Tick().answered, AllJoints());
}

TEST_F(BadWireTest, ASilentServoCostsTheAllowanceAndNoMore) {
  MakeAndOpen();
  Ticks(2);
  const MonoTime start = clock_.Now();
  Tick();
  const Nanos usual = clock_.Now() - start;
  servo(3).drop = 1;
  clock_.SleepUntil(next_tick_);
  const MonoTime again = clock_.Now();
  EXPECT_EQ(Tick().answers_missed, 1U);
  EXPECT_LE(clock_.Now() - again, usual + bus_->allowance());
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kNoReply));
}

TEST_F(BadWireTest, TotalSilenceIsOneLateEventAndNotSixMisses) {
  MakeAndOpen();
  Ticks(2);
  for (auto& [id, servo] : port_->servos) servo.drop = 1;
  const BusTick tick = Tick();
  EXPECT_TRUE(tick.late);
  EXPECT_EQ(tick.answers_missed, 0U);
  EXPECT_EQ(samples_[0].misses, 1U);
  EXPECT_FALSE(samples_[0].faults.Any());
  EXPECT_FALSE(Tick().late);
}

TEST_F(BadWireTest, SilenceThatLastsBecomesMissesOfEveryServo) {
  MakeAndOpen();
  for (auto& [id, servo] : port_->servos) servo.mute = true;
  Ticks(20);
  EXPECT_TRUE(samples_[0].faults.Has(Fault::kQuarantined));
  for (auto& [id, servo] : port_->servos) servo.mute = false;
  Ticks(40);
  for (const JointSample& sample : samples_) EXPECT_FALSE(sample.faults.Any());
}

TEST_F(BadWireTest, ServosThatOweEveryLengthAreAskedAgainInTime) {
  MakeAndOpen();
  // Silence, too short for misses, again and again: soon an answer of every length is owed.
  for (int i = 0; i < 3; ++i) {
    for (auto& [id, servo] : port_->servos) servo.drop = 9;
    Ticks(9);
    for (auto& [id, servo] : port_->servos) servo.drop = 0;
    Tick();
  }
  EXPECT_EQ(Tick().answered, 0U) << "nothing can be asked";
  Ticks(110);
  EXPECT_EQ(Tick().answered, AllJoints()) << "half a second later it can";
}

TEST_F(BadWireTest, ThreeMissesQuarantineAndProbesBringBack) {
  MakeAndOpen();
  Ticks(2);
  servo(3).mute = true;
  Ticks(2);
  EXPECT_FALSE(samples_[2].faults.Has(Fault::kQuarantined));
  Tick();
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kQuarantined));
  port_->requests.clear();
  Ticks(100);
  EXPECT_NEAR(PingsTo(3), 20, 1) << "every fifth tick";
  for (const auto& request : port_->requests) {
    if (request.instruction != 0x82) continue;
    EXPECT_EQ(request.parameters.size(), 7U) << "off the list";
  }
  Ticks(100);
  port_->requests.clear();
  Ticks(1000);
  EXPECT_NEAR(PingsTo(3), 5, 1) << "once a second after a second";
  servo(3).mute = false;
  Ticks(202);
  EXPECT_EQ(samples_[2].misses, 0U);
  EXPECT_FALSE(samples_[2].faults.Any());
}

TEST_F(BadWireTest, AQuarantinedServoIsNamedForWhatItsProbesShow) {
  MakeAndOpen();
  Ticks(2);
  servo(3).corrupt = 3;
  Ticks(3);
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kQuarantined));
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kCorruptReply));
  servo(3).mute = true;
  Ticks(10);
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kQuarantined));
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kNoReply));
  EXPECT_FALSE(samples_[2].faults.Has(Fault::kCorruptReply));
}

TEST_F(BadWireTest, RubbleOfTheLastTickIsNotTheAnswerOfTheNext) {
  MakeAndOpen();
  Ticks(2);
  servo(3).drop = 2;
  Tick();
  const std::uint8_t rest[] = {0x00, 0x01, 0x02, 0x03};
  port_->Inject(rest, clock_.Now());
  EXPECT_EQ(Tick().answers_missed, 1U);
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kNoReply));
}

TEST_F(BadWireTest, AServoMissingAtOpenIsPickedUpButStaysReadOnly) {
  Make();
  servo(3).mute = true;
  Open();
  Tick();
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kQuarantined));
  servo(3).mute = false;
  Ticks(10);
  EXPECT_EQ(samples_[2].misses, 0U);
  EXPECT_FALSE(samples_[2].faults.Has(Fault::kUncalibrated)) << "its registers were never read";
  EXPECT_FALSE(samples_[2].writable);
}

TEST_F(BadWireTest, TwoServosWithOneIdAreRecognised) {
  MakeAndOpen();
  servo(4).twin = true;
  Ticks(1000);
  EXPECT_TRUE(samples_[3].faults.Has(Fault::kDuplicateId));
  EXPECT_FALSE(samples_[2].faults.Any());
}

TEST_F(BadWireTest, TwoServosThatHadOneIdFromTheStartAreRecognised) {
  Make();
  servo(4).twin = true;
  Open();
  Ticks(2);
  EXPECT_TRUE(samples_[3].faults.Has(Fault::kDuplicateId));
  servo(4).twin = false;
  Ticks(20);
  EXPECT_FALSE(samples_[3].faults.Has(Fault::kDuplicateId));
}

// On a wire whose two answers now and then come one after the other.
TEST_F(BadWireTest, TwoServosWithOneIdAreNotForgottenForAWholeAnswer) {
  MakeAndOpen();
  servo(4).twin = true;
  Ticks(1000);
  int forgotten = 0;
  for (int i = 0; i < 5000; ++i) {
    servo(4).twin = i % 25 != 0;
    Tick();
    forgotten += samples_[3].faults.Has(Fault::kDuplicateId) ? 0 : 1;
  }
  EXPECT_EQ(forgotten, 0);
}

TEST_F(BadWireTest, NoiseOnOneServoIsToldByItsShareAndIsNotADuplicateId) {
  MakeAndOpen();
  for (int i = 0; i < 3000; ++i) {
    if (i % 25 == 0) servo(4).corrupt = 1;
    Tick();
    ASSERT_FALSE(samples_[3].faults.Has(Fault::kDuplicateId)) << i;
  }
  Tick();
  EXPECT_TRUE(samples_[3].faults.Has(Fault::kCorruptReply)) << "also while it answers";
  EXPECT_NEAR(samples_[3].damaged_share, 0.04, 0.01);
  EXPECT_FALSE(samples_[2].faults.Any());
  Ticks(3000);
  EXPECT_FALSE(samples_[3].faults.Any());
}

TEST_F(BadWireTest, NoiseSoHeavyThatAServoIsPutAsideIsNotADuplicateId) {
  MakeAndOpen();
  for (int i = 0; i < 2000; ++i) {
    servo(4).corrupt = i % 4 == 3 ? 0 : 3;  // of its pings too
    Tick();
    ASSERT_FALSE(samples_[3].faults.Has(Fault::kDuplicateId)) << i;
  }
}

TEST_F(BadWireTest, NoiseInNoOrderIsNotADuplicateId) {
  MakeAndOpen();
  std::minstd_rand dice(7);
  for (int i = 0; i < 20000; ++i) {
    servo(4).corrupt = dice() % 4 == 0 ? 0 : 1;
    Tick();
    ASSERT_FALSE(samples_[3].faults.Has(Fault::kDuplicateId)) << i;
  }
}

TEST_F(BadWireTest, NoiseOnEveryServoIsNotADuplicateId) {
  MakeAndOpen();
  for (int i = 0; i < 60; ++i) {
    servo(static_cast<std::uint8_t>(i % 6 + 1)).corrupt = 1;
    Tick();
    for (const JointSample& sample : samples_) {
      EXPECT_FALSE(sample.faults.Has(Fault::kDuplicateId));
    }
  }
}

TEST_F(BadWireTest, ForeignBytesAreCounted) {
  MakeAndOpen();
  Ticks(2);
  const std::uint8_t stray[] = {0xFF, 0xFF, 0x09, 0x02, 0x00, 0xF4, 0x12, 0x13};
  port_->Inject(stray, next_tick_ + std::chrono::microseconds(200));
  const BusTick tick = Tick();
  EXPECT_EQ(tick.foreign_bytes, 8U);
  EXPECT_EQ(tick.answered, AllJoints());
}

TEST_F(BadWireTest, APortThatTakesNoBytesIsLateAndRecovers) {
  MakeAndOpen();
  Ticks(2);
  port_->blocked = true;
  EXPECT_TRUE(Tick().late);
  port_->blocked = false;
  EXPECT_EQ(Tick().answered, AllJoints());
}

TEST_F(BadWireTest, ASilentServoBetweenOthersCostsNoTickItsPeriod) {
  MakeAndOpen();
  for (int i = 0; i < 200; ++i) {
    if (i % 7 == 0) servo(static_cast<std::uint8_t>(i % 5 + 1)).drop = 2;
    Tick();
    EXPECT_LE(clock_.Now(), next_tick_);
  }
}

TEST_F(BadWireTest, ASilentLastServoIsWaitedForOnlyOnce) {
  MakeAndOpen();
  Ticks(2);
  servo(6).drop = 2;
  const auto cost = [this] {
    clock_.SleepUntil(next_tick_);
    const MonoTime began = clock_.Now();
    Tick();
    return clock_.Now() - began;
  };
  EXPECT_GT(cost(), options_.patience);
  clock_.SleepUntil(next_tick_ += options_.period);  // the first one cost that tick
  EXPECT_LT(cost(), options_.period);
}

TEST_F(BadWireTest, NineServosAtTwoHundredHertzFitTheTick) {
  options_.robot = *FindRobotModel("lekiwi");
  MakeAndOpen();
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(Tick().answered, AllJoints());
    EXPECT_LE(clock_.Now(), next_tick_);
  }
  EXPECT_GT(samples_[8].voltage_v, 12.0);
}

}  // namespace
}  // namespace soarm
