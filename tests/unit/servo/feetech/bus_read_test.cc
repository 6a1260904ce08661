#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "tests/unit/servo/feetech/bus_fixture.h"

namespace soarm {
namespace {

class BusReadTest : public BusFixture {};

TEST_F(BusReadTest, OpeningWritesNothing) {
  MakeAndOpen();
  Ticks(20);
  EXPECT_TRUE(port_->AllWritten().empty());
}

TEST_F(BusReadTest, ABusOnWhichNobodyAnswersForThreeSecondsIsToBeOpenedAnew) {
  MakeAndOpen();
  for (std::uint8_t id = 1; id <= 6; ++id) servo(id).drop = 1'000'000;
  for (int i = 0; i < 590; ++i) ASSERT_FALSE(Tick().reopen) << i;
  servo(4).drop = 0;  // one is enough
  for (int i = 0; i < 590; ++i) ASSERT_FALSE(Tick().reopen) << i;
  servo(4).drop = 1'000'000;
  bool reopen = false;
  for (int i = 0; i < 620 && !reopen; ++i) reopen = Tick().reopen;
  EXPECT_TRUE(reopen);
}

TEST_F(BusReadTest, AnArmThatIsOpenedAnewIsNotLeftToAProgramThatCameMeanwhile) {
  using Others = SerialPort::Others;
  MakeAndOpen();
  EXPECT_EQ(port_->others_at_open, Others::kRefused);
  bus_->Close();
  Open();
  EXPECT_EQ(port_->others_at_open, Others::kTolerated);

  port_->unplugged = true;
  EXPECT_TRUE(Tick().lost);
  bus_->Close();
  port_->unplugged = false;
  Open();
  EXPECT_EQ(port_->others_at_open, Others::kRefused) << "anybody may have it by now";

  for (std::uint8_t id = 1; id <= 6; ++id) servo(id).mute = true;
  EXPECT_FALSE(bus_->Open().ok());
  EXPECT_EQ(port_->others_at_open, Others::kTolerated);
  EXPECT_FALSE(bus_->Open().ok());
  EXPECT_EQ(port_->others_at_open, Others::kRefused) << "who waits for servos does not hold them";
}

TEST_F(BusReadTest, WhatIsWrongWithThePortIsNotedUntilTheBusIsOpenedWithoutIt) {
  Make();
  port_->adapter_note.emplace().reason = "LATENCY_TIMER";
  Open();
  ASSERT_EQ(bus_->notes().size(), 1U);
  EXPECT_EQ(bus_->notes()[0].reason, "LATENCY_TIMER");
  port_->adapter_note.reset();
  Open();
  EXPECT_TRUE(bus_->notes().empty());
}

TEST_F(BusReadTest, OpeningLearnsHowFastTheServosFollow) {
  Make();
  servo(2).Set(85, 1, 50);
  servo(3).Set(85, 1, 0);
  Open();
  EXPECT_NEAR(bus_->joints()[1].servo_acceleration_rad_s2, 7.67, 0.01);
  EXPECT_EQ(bus_->joints()[2].servo_acceleration_rad_s2, 0);
}

TEST_F(BusReadTest, OpeningLearnsHowSoftTheServosAre) {
  Make();
  servo(2).Set(21, 1, 16);
  servo(3).Set(21, 1, 64);
  servo(4).Set(21, 1, 0);
  Open();
  EXPECT_EQ(bus_->joints()[0].give, 1);
  EXPECT_EQ(bus_->joints()[1].give, 2);
  EXPECT_EQ(bus_->joints()[2].give, 1) << "no harder than it needs to press";
  EXPECT_EQ(bus_->joints()[3].give, 4) << "refused, and of no use as a divisor";
}

TEST_F(BusReadTest, OpeningLearnsWhatTheJointsAre) {
  Make();
  servo(3).Set(9, 2, 0);
  servo(3).Set(11, 2, 4095);
  servo(4).Set(9, 2, 0);
  servo(4).Set(11, 2, 0);
  Open();
  const auto joints = bus_->joints();
  ASSERT_EQ(joints.size(), 6U);
  EXPECT_EQ(joints[0].model_number, 777);
  EXPECT_EQ(joints[0].firmware_minor, 10);
  EXPECT_TRUE(joints[0].calibrated);
  EXPECT_EQ(joints[0].lower_raw, 800);
  EXPECT_EQ(joints[0].upper_raw, 3300);
  EXPECT_EQ(joints[0].zero_ticks, 2050);
  EXPECT_FALSE(joints[2].calibrated) << "a whole turn was never calibrated";
  EXPECT_FALSE(joints[3].calibrated) << "an empty range was never calibrated";
  EXPECT_TRUE(joints[4].calibrated) << "wrist_roll turns all the way round";
  EXPECT_EQ(joints[4].zero_ticks, 2047);
  EXPECT_EQ(joints[5].zero_ticks, 800) << "a gripper counts from closed";
  Tick();
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kUncalibrated));
  EXPECT_FALSE(samples_[4].faults.Has(Fault::kUncalibrated));
}

TEST_F(BusReadTest, ATickIsOneWriteAndTwoReadsAtMostAndFillsEverySample) {
  MakeAndOpen();
  Tick();  // covers the working registers
  servo(2).Set(56, 2, 2034);
  servo(2).Set(58, 2, 0x8000 | 500);
  servo(2).Set(60, 2, 0x0400 | 250);
  servo(2).Set(69, 2, 100);
  servo(2).Set(66, 1, 1);
  port_->writes = port_->reads = 0;
  const BusTick tick = Tick();
  EXPECT_EQ(port_->writes, 1);
  EXPECT_LE(port_->reads, 2) << "not one for each answer: that costs CPU";
  EXPECT_EQ(tick.answered, AllJoints());
  EXPECT_FALSE(tick.late);
  const JointSample& sample = samples_[1];
  EXPECT_EQ(sample.position_raw, 2034);
  EXPECT_DOUBLE_EQ(sample.position_rad, (2034 - 2050) * kRadPerTick);
  EXPECT_DOUBLE_EQ(sample.velocity_rad_s, -500 * kRadPerTick);
  EXPECT_DOUBLE_EQ(sample.load, -0.25);
  EXPECT_DOUBLE_EQ(sample.current_a, 0.65);
  EXPECT_DOUBLE_EQ(sample.voltage_v, 12.1);
  EXPECT_DOUBLE_EQ(sample.temperature_c, 33);
  EXPECT_TRUE(sample.moving);
  EXPECT_FALSE(sample.torque_on);
  EXPECT_EQ(sample.misses, 0U);
  EXPECT_FALSE(sample.faults.Any());
}

TEST_F(BusReadTest, NobodyThereIsRefusedWithAFix) {
  Make();
  port_->servos.clear();
  const absl::Status status = bus_->Open();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ProblemOf(status).reason, "NO_SERVO_ANSWERS");
  EXPECT_FALSE(ProblemOf(status).fix.empty());
}

TEST_F(BusReadTest, TheWrongRateIsNamed) {
  Make();
  port_->servos_baud = 115'200;
  const Problem problem = ProblemOf(bus_->Open());
  EXPECT_EQ(problem.reason, "BAUD_MISMATCH");
  EXPECT_EQ(problem.facts.at("found_baud"), "115200");
  EXPECT_EQ(problem.facts.at("wanted_baud"), "1000000");
}

TEST_F(BusReadTest, AHangUpIsLost) {
  MakeAndOpen();
  Tick();
  port_->unplugged = true;
  EXPECT_TRUE(Tick().lost);
}

TEST_F(BusReadTest, AnEchoingAdapterWorksLikeAnyOther) {
  Make();
  port_->echo = true;
  Open();
  for (int i = 0; i < 20; ++i) {
    const BusTick tick = Tick();
    EXPECT_EQ(tick.answered, AllJoints());
    EXPECT_EQ(tick.foreign_bytes, 0U);
  }
}

TEST_F(BusReadTest, ALateEchoOfAPingIsNoServo) {
  Make();
  servo(6).mute = true;
  port_->echo = true;
  port_->echo_delay = std::chrono::milliseconds(6);
  for (std::uint8_t id = 1; id <= 5; ++id) {
    servo(id).delay = port_->echo_delay;
    servo(id).delay_count = 1'000'000;
  }
  Open();
  for (int i = 0; i < 300; ++i) {
    Tick();
    ASSERT_FALSE(samples_[5].faults.Has(Fault::kSupplyVoltage)) << i;
    ASSERT_TRUE(samples_[5].faults.Has(Fault::kQuarantined)) << i;
  }
}

}  // namespace
}  // namespace soarm
