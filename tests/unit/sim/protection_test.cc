// Each protection enters, acts and leaves as the firmware's own do.

#include "server/sim/protection.h"

#include <gtest/gtest.h>

#include "tests/fakes/sim_bus.h"

namespace soarm::sim {
namespace {

class ProtectionTest : public testing::Test {
 protected:
  ProtectionVerdict Run(int steps, const ProtectionInputs& in) {
    ProtectionVerdict verdict;
    for (int i = 0; i < steps; ++i) verdict = protection_.Step(registers_, in);
    return verdict;
  }
  static ProtectionInputs Healthy() { return {.bus_v = 12, .temperature_c = 30}; }

  RegisterFile registers_{SupplyClass::k12V, FirmwareOptions{}};
  Protection protection_{FirmwareOptions{}};
};

TEST_F(ProtectionTest, UnderVoltageShowsAtOnceAndLeavesByItself) {
  ProtectionInputs in = Healthy();
  in.bus_v = 3.9;
  EXPECT_EQ(Run(1, in).bits, status::kVoltage);
  EXPECT_EQ(Run(1, Healthy()).bits, 0);
}

TEST_F(ProtectionTest, OverVoltageShowsAfter51MillisecondsAndActsOnlyWhereAsked) {
  ProtectionInputs in = Healthy();
  in.bus_v = 14.2;
  EXPECT_EQ(Run(50, in).bits, 0);
  ProtectionVerdict verdict = Run(1, in);
  EXPECT_EQ(verdict.bits, status::kVoltage);
  EXPECT_FALSE(verdict.cut_output) << "not in the factory's mask";
  registers_.SetByte(reg::kUnloadMask, 45);
  EXPECT_TRUE(Run(1, in).cut_output);
  EXPECT_EQ(Run(1, Healthy()).bits, 0);
}

TEST_F(ProtectionTest, HeatCutsTheOutputUntilFiveDegreesBelow) {
  ProtectionInputs in = Healthy();
  in.temperature_c = 71;
  EXPECT_EQ(Run(49, in).bits, 0);
  EXPECT_TRUE(Run(1, in).cut_output);
  in.temperature_c = 65.5;
  EXPECT_EQ(Run(1, in).bits, status::kTemperature);
  in.temperature_c = 64.9;
  EXPECT_EQ(Run(1, in).bits, 0);
}

TEST_F(ProtectionTest, OverCurrentSwitchesTorqueOffAndLeavesWhenItIsOnAgain) {
  registers_.SetByte(reg::kTorqueEnable, 1);
  ProtectionInputs in = Healthy();
  in.current_a = -2.1;  // the factory's limit is 310 * 6.5 mA
  EXPECT_EQ(Run(1999, in).bits, 0);
  ProtectionVerdict verdict = Run(1, in);
  EXPECT_EQ(verdict.bits, status::kCurrent);
  EXPECT_TRUE(verdict.torque_off);
  registers_.SetByte(reg::kTorqueEnable, 0);
  EXPECT_EQ(Run(10, Healthy()).bits, status::kCurrent) << "stays while torque is off";
  registers_.SetByte(reg::kTorqueEnable, 1);
  verdict = Run(1, Healthy());
  EXPECT_EQ(verdict.bits, 0);
  EXPECT_FALSE(verdict.torque_off);
  registers_.SetByte(reg::kOverCurrentTime, 0);
  EXPECT_EQ(Run(5000, in).bits, 0) << "0 switches it off";
}

TEST_F(ProtectionTest, OverloadLimitsAStalledServoUntilItsDemandTurns) {
  registers_.SetByte(reg::kTorqueEnable, 1);
  ProtectionInputs in = Healthy();
  in.asked_permille = 900;
  EXPECT_EQ(Run(1999, in).bits, 0);
  ProtectionVerdict verdict = Run(1, in);
  EXPECT_EQ(verdict.bits, status::kOverload);
  EXPECT_EQ(verdict.limit_permille, 200);
  in.asked_permille = -500;
  EXPECT_EQ(Run(1, in).bits, 0);
}

TEST_F(ProtectionTest, OverloadEndsWithLowDemandOrTorqueOff) {
  ProtectionInputs in = Healthy();
  in.asked_permille = 900;
  registers_.SetByte(reg::kTorqueEnable, 1);
  Run(2000, in);
  ProtectionInputs low = in;
  low.asked_permille = 150;
  EXPECT_EQ(Run(1, low).bits, 0);
  Run(2000, in);
  registers_.SetByte(reg::kTorqueEnable, 0);
  EXPECT_EQ(Run(1, in).bits, 0);
}

TEST_F(ProtectionTest, OverloadSparesAServoThatMoves) {
  registers_.SetByte(reg::kTorqueEnable, 1);
  ProtectionInputs in = Healthy();
  in.asked_permille = 900;
  for (int ms = 0; ms < 10000; ++ms) {
    in.position_ticks = ms / 10;
    ASSERT_EQ(Run(1, in).bits, 0) << ms;
  }
}

TEST_F(ProtectionTest, OverloadCountsAnewAfterARestOrOnWhereTheSwitchIsOn) {
  registers_.SetByte(reg::kTorqueEnable, 1);
  ProtectionInputs peak = Healthy();
  peak.asked_permille = 810;
  ProtectionInputs strain = Healthy();
  strain.asked_permille = 300;  // below register 36, above 34
  ProtectionInputs rest = Healthy();
  rest.asked_permille = 190;
  Run(1999, peak);
  Run(1, strain);
  EXPECT_EQ(Run(1999, peak).bits, 0);

  FirmwareOptions firmware;
  firmware.overload_after_one_peak = true;
  protection_ = Protection(firmware);
  Run(1, peak);
  EXPECT_EQ(Run(1998, strain).bits, 0);
  EXPECT_EQ(Run(1, strain).bits, status::kOverload);
  EXPECT_EQ(Run(1, rest).bits, 0);
  EXPECT_EQ(Run(5000, strain).bits, 0) << "no peak any more";
}

TEST_F(ProtectionTest, OverCurrentThatIsSwitchedOffIsForgotten) {
  registers_.SetByte(reg::kTorqueEnable, 1);
  ProtectionInputs in = Healthy();
  in.current_a = 2.1;
  Run(2000, in);
  registers_.SetByte(reg::kTorqueEnable, 0);
  registers_.SetWord(reg::kProtectionCurrent, 0);
  EXPECT_EQ(Run(1, Healthy()).bits, 0);
}

TEST_F(ProtectionTest, OverloadCanBeMadeToNeedAPowerCycle) {
  FirmwareOptions firmware;
  firmware.overload_needs_power_cycle = true;
  Protection stubborn(firmware);
  registers_.SetByte(reg::kTorqueEnable, 1);
  ProtectionInputs in = Healthy();
  in.asked_permille = 900;
  for (int i = 0; i < 2000; ++i) stubborn.Step(registers_, in);
  registers_.SetByte(reg::kTorqueEnable, 0);
  EXPECT_EQ(stubborn.Step(registers_, Healthy()).bits, status::kOverload);
  stubborn = Protection(firmware);
  EXPECT_EQ(stubborn.Step(registers_, Healthy()).bits, 0);
}

TEST(ServoProtectionTest, AGripperThatSqueezesEndsUpAtItsProtectiveTorque) {
  BenchBus bus({6});
  bus.Write(6, reg::kOverloadTorque, {25});
  bus.WriteWord(6, reg::kTorqueLimit, 500);
  ASSERT_TRUE(bus.controls().Block(6, 0.05).ok());
  bus.WriteWord(6, 42, 2500);
  bus.Run(std::chrono::milliseconds(1000));
  EXPECT_EQ(bus.ReadWord(6, reg::kLoad), 500);
  bus.Run(std::chrono::milliseconds(1500));
  EXPECT_EQ(bus.ReadWord(6, reg::kLoad), 200);
  EXPECT_EQ(bus.ReadByte(6, reg::kStatus), status::kOverload);
  EXPECT_EQ(bus.Ask("FF FF 06 02 01 F6"), "FF FF 06 02 20 D7") << "in every answer";
  bus.WriteWord(6, 42, 1900);
  bus.Run(std::chrono::milliseconds(500));
  EXPECT_EQ(bus.ReadByte(6, reg::kStatus), 0) << "a goal on the other side";
}

TEST(ServoProtectionTest, HeatLetsTheJointGoAndCurrentSwitchesTorqueOff) {
  BenchBus bus({1, 2});
  bus.Write(1, reg::kTorqueEnable, {1});
  ASSERT_TRUE(bus.controls().SetTemperature(1, 75).ok());
  bus.Run(std::chrono::milliseconds(100));
  EXPECT_EQ(bus.ReadByte(1, reg::kStatus), status::kTemperature);
  EXPECT_EQ(bus.ReadByte(1, reg::kTemperature), 75);
  EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 1) << "enabled, but without output";
  EXPECT_EQ(bus.ReadWord(1, reg::kLoad), 0);

  bus.Write(2, reg::kOverloadTorque, {200});  // out of the way
  ASSERT_TRUE(bus.controls().Block(2, 0.05).ok());
  bus.WriteWord(2, 42, 3000);
  bus.Run(std::chrono::milliseconds(2500));
  EXPECT_EQ(bus.ReadByte(2, reg::kTorqueEnable), 0);
  EXPECT_EQ(bus.ReadByte(2, reg::kStatus), status::kCurrent);
}

TEST(ServoProtectionTest, ASupplyOutsideTheWindowShowsInTheStatus) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().SetSupply(3.8).ok());
  bus.Run(std::chrono::milliseconds(5));
  EXPECT_EQ(bus.ReadByte(1, reg::kStatus), status::kVoltage);
  ASSERT_TRUE(bus.controls().SetSupply(15).ok());
  bus.Run(std::chrono::milliseconds(100));
  EXPECT_EQ(bus.ReadByte(1, reg::kStatus), status::kVoltage);
  ASSERT_TRUE(bus.controls().SetSupply(12).ok());
  bus.Run(std::chrono::milliseconds(5));
  EXPECT_EQ(bus.ReadByte(1, reg::kStatus), 0);
}

}  // namespace
}  // namespace soarm::sim
