#include "server/servo/feetech/store_calibration.h"

#include <gtest/gtest.h>

#include "server/servo/feetech/working_check.h"
#include "server/sim/log_decoder.h"
#include "tests/unit/servo/feetech/simulated_bus.h"

namespace soarm {
namespace {

using Phase = BusOperationResult::Phase;
using std::chrono::milliseconds;

class StoreCalibrationTest : public SimulatedBusTest {
 protected:
  // What the servos have, as the request that would change nothing.
  BusOperationRequest Unchanged() {
    BusOperationRequest request{.kind = BusOperation::kStoreCalibration, .joints = AllJoints()};
    for (std::size_t i = 0; i < options_.robot.joints.size(); ++i) {
      const int servo = static_cast<int>(i) + 1;
      const int offset = WordOf(servo, 31);
      request.calibrations[i] = {.lower_raw = WordOf(servo, 9),
                                 .upper_raw = WordOf(servo, 11),
                                 .offset_raw = (offset & 0x800) != 0 ? -(offset & 0x7ff) : offset};
    }
    return request;
  }
  BusOperationResult RunUntilPaused(const BusOperationRequest& request) {
    EXPECT_EQ(bus_->Begin(request), BusRefusal::kNone);
    for (int i = 0; i < 400 && !Tick().paused; ++i) {
    }
    return bus_->operation();
  }
  BusOperationResult RunOn() {
    for (int i = 0; i < 2000 && IsRunning(); ++i) Tick();
    return bus_->operation();
  }
  // The writes to registers that survive power-off.
  std::vector<sim::LoggedPacket> FlashWrites(MonoTime since) {
    std::vector<sim::LoggedPacket> found;
    for (sim::LoggedPacket& packet : sim::DecodePackets(world().ReadByteLog(since).bytes)) {
      const bool write = packet.direction == sim::Direction::kToBus && packet.code == 3;
      if (write && packet.parameters[0] < 40) found.push_back(std::move(packet));
    }
    return found;
  }
};

TEST_F(StoreCalibrationTest, SurvivesPowerOffAndLeavesTheLockClosed) {
  Open();
  BusOperationRequest request = Unchanged();
  request.joints = MaskOf(1);
  request.calibrations[1] = {.lower_raw = 900, .upper_raw = 3200, .offset_raw = -77};
  const MonoTime began = clock_.Now();
  ASSERT_EQ(Run(request).phase, Phase::kDone);
  EXPECT_EQ(ByteOf(2, 55), 1);
  ASSERT_TRUE(world().PowerCycle(2).ok());
  EXPECT_EQ(WordOf(2, 9), 900);
  EXPECT_EQ(WordOf(2, 11), 3200);
  EXPECT_EQ(WordOf(2, 31), 0x800 | 77);
  for (const sim::LoggedPacket& write : FlashWrites(began)) EXPECT_EQ(write.id, 2);
}

TEST_F(StoreCalibrationTest, LeavesTheBusAloneWhileAServoWritesItsFlash) {
  Open();
  BusOperationRequest request = Unchanged();
  request.joints = MaskOf(0) | MaskOf(3);
  request.calibrations[3].offset_raw += 5;
  const MonoTime began = clock_.Now();
  ASSERT_EQ(bus_->Begin(request), BusRefusal::kNone);
  int paused = 0;
  for (int i = 0; i < 2000 && IsRunning(); ++i) {
    if (!Tick().paused) continue;
    ++paused;
    EXPECT_FALSE(samples_[1].faults.Any()) << "silence that was wanted is no fault";
  }
  EXPECT_EQ(bus_->operation().phase, Phase::kDone);
  EXPECT_GE(paused, 5 * (150 / 5 - 2)) << "two writes for one joint, three for the other";
  for (const sim::LoggedPacket& write : FlashWrites(began)) {
    for (const sim::LoggedByte& byte : world().ReadByteLog(write.ended_at).bytes) {
      if (byte.direction != sim::Direction::kToBus) continue;
      EXPECT_GE(byte.at - write.ended_at, milliseconds(149));
      break;
    }
  }
}

// A servo that writes its flash acknowledges that when it is done, which is no news of the bus.
TEST_F(StoreCalibrationTest, WhatTheFlashTakesDoesNotCountAsLatencyOfTheBus) {
  Open();
  TicksFor(milliseconds(500));
  const Nanos before = bus_->allowance();
  BusOperationRequest request = Unchanged();
  for (StoredCalibration& joint : request.calibrations) joint.lower_raw += 5;
  ASSERT_EQ(bus_->Begin(request), BusRefusal::kNone);
  std::uint32_t discarded = 0;
  std::uint32_t foreign = 0;
  for (int i = 0; i < 2000 && IsRunning(); ++i) {
    const BusTick tick = Tick();
    discarded += tick.answers_discarded;
    foreign += tick.foreign_bytes;
  }
  ASSERT_EQ(bus_->operation().phase, Phase::kDone);
  EXPECT_LE(bus_->allowance(), before);
  EXPECT_EQ(discarded, 0U) << "they were expected";
  EXPECT_EQ(foreign, 0U);
}

TEST_F(StoreCalibrationTest, StoresWhatOnlyLookedStored) {
  const std::uint8_t lower_900[] = {9, 0x84, 0x03};
  port_->Write(sim::InstructionPacket(2, sim::Instruction::kWrite, lower_900));  // under the lock
  clock_.Advance(milliseconds(5));
  port_->Discard();
  Open();
  ASSERT_EQ(bus_->joints()[1].lower_raw, 900);
  BusOperationRequest request = Unchanged();
  request.joints = MaskOf(1);
  ASSERT_EQ(Run(request).phase, Phase::kDone);
  ASSERT_TRUE(world().PowerCycle(2).ok());
  EXPECT_EQ(WordOf(2, 9), 900);
}

TEST_F(StoreCalibrationTest, AServoLostBetweenTwoWritesCountsAsUncalibrated) {
  Open();
  BusOperationRequest request = Unchanged();
  request.joints = MaskOf(1);
  request.calibrations[1].offset_raw += 900;
  RunUntilPaused(request);
  ASSERT_TRUE(world().DetachServo(2).ok());
  EXPECT_EQ(RunOn().refusal, BusRefusal::kServoMissing);
  ASSERT_TRUE(world().AttachServo({.id = 2, .profile = {}}).ok());
  clock_.Advance(std::chrono::seconds(3));
  Open();
  EXPECT_FALSE(bus_->joints()[1].calibrated);
  EXPECT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = MaskOf(1)}).refusal,
            BusRefusal::kUncalibrated);
}

TEST_F(StoreCalibrationTest, ALeaderIsStoredToo) {
  SetUpRobot("so101_leader");
  Open();
  BusOperationRequest request = Unchanged();
  request.joints = MaskOf(1);
  request.calibrations[1].lower_raw += 5;
  EXPECT_EQ(Run(request).phase, Phase::kDone);
  EXPECT_EQ(WordOf(2, 9), request.calibrations[1].lower_raw);
}

TEST_F(StoreCalibrationTest, TorqueOnClosesALockThatWasLeftOpen) {
  Open();
  Write(2, 55, {0});
  ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}).phase, Phase::kDone);
  EXPECT_EQ(ByteOf(2, 55), 1);
}

TEST_F(StoreCalibrationTest, AServoThatADeadDaemonLeftUnlockedIsNamedUntilTorqueIsEnabled) {
  Open();
  BusOperationRequest request = Unchanged();
  request.joints = MaskOf(1);
  RunUntilPaused(request);
  bus_->Close();  // as good as killed: nothing more is written
  ASSERT_EQ(ByteOf(2, 55), 0);
  clock_.Advance(std::chrono::seconds(1));
  const MonoTime began = clock_.Now();
  Open();
  TicksFor(milliseconds(500));
  EXPECT_TRUE(samples_[1].faults.Has(Fault::kUnlocked));
  EXPECT_FALSE(samples_[0].faults.Any());
  EXPECT_EQ(ByteOf(2, 55), 0) << "opening writes nothing";
  EXPECT_TRUE(FlashWrites(began).empty());
  ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}).phase, Phase::kDone)
      << "it is no reason to refuse torque";
  TicksFor(milliseconds(500));
  EXPECT_FALSE(samples_[1].faults.Any());
  EXPECT_EQ(ByteOf(2, 55), 1);
}

TEST_F(StoreCalibrationTest, ClearingFaultsClosesALockThatWasFoundOpenWithoutTorque) {
  Write(2, 55, {0});
  Write(3, 55, {0});
  Open();
  TicksFor(milliseconds(500));
  ASSERT_TRUE(samples_[1].faults.Has(Fault::kUnlocked));
  ASSERT_EQ(Run({.kind = BusOperation::kClearFault, .joints = MaskOf(1)}).phase, Phase::kDone);
  TicksFor(milliseconds(500));
  EXPECT_FALSE(samples_[1].faults.Any());
  EXPECT_EQ(ByteOf(2, 55), 1);
  EXPECT_EQ(ByteOf(2, 40), 0) << "limp as it was";
  EXPECT_EQ(ByteOf(3, 55), 0) << "not asked for";
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kUnlocked));
}

TEST(CheckLockTest, OneReadingAloneChangesNothing) {
  servo::feetech::ServoState servo;
  const auto read = [&](std::int32_t lock) {
    servo::feetech::CheckLock(servo, lock);
    return servo.unlocked;
  };
  EXPECT_FALSE(read(0));
  EXPECT_FALSE(read(1));
  EXPECT_FALSE(read(0));
  EXPECT_TRUE(read(0));
  EXPECT_TRUE(read(1));
  EXPECT_TRUE(read(0));
  EXPECT_TRUE(read(1));
  EXPECT_FALSE(read(1));
}

TEST_F(StoreCalibrationTest, NoServoIsNamedForTheLockThatIsBeingOpenedByUs) {
  Open();
  ASSERT_EQ(bus_->Begin(Unchanged()), BusRefusal::kNone);
  while (IsRunning()) {
    Tick();
    for (const JointSample& sample : samples_) ASSERT_FALSE(sample.faults.Has(Fault::kUnlocked));
  }
  EXPECT_EQ(bus_->operation().phase, Phase::kDone);
}

TEST_F(StoreCalibrationTest, ALeaderIsNotNamedForALockThatIsNotOursToClose) {
  SetUpRobot("so101_leader");
  Write(2, 55, {0});
  Open();
  TicksFor(milliseconds(500));
  EXPECT_FALSE(samples_[1].faults.Any());
}

TEST_F(StoreCalibrationTest, WantsTheBusOpenedAnewAndThenHasTheNewRange) {
  Open();
  BusOperationRequest request = Unchanged();
  request.joints = MaskOf(2);
  request.calibrations[2].upper_raw -= 10;
  ASSERT_EQ(Run(request).phase, Phase::kDone);
  EXPECT_TRUE(Tick().reopen);
  bus_->Close();
  Open();
  EXPECT_FALSE(Tick().reopen);
  EXPECT_EQ(bus_->joints()[2].upper_raw, request.calibrations[2].upper_raw);
}

TEST_F(StoreCalibrationTest, IsRefusedWhileAnyServoOfTheBusIsUnderTorque) {
  Open();
  ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = MaskOf(5)}).phase, Phase::kDone);
  BusOperationRequest request = Unchanged();
  request.joints = MaskOf(0);
  request.calibrations[0].lower_raw += 5;
  const MonoTime began = clock_.Now();
  const BusOperationResult result = Run(request);
  EXPECT_EQ(result.phase, Phase::kFailed);
  EXPECT_EQ(result.refusal, BusRefusal::kNotLimp);
  EXPECT_EQ(result.joint, 5);
  EXPECT_TRUE(FlashWrites(began).empty());
  EXPECT_EQ(ByteOf(6, 40), 1) << "it still holds";
}

TEST_F(StoreCalibrationTest, IsRefusedWhileAServoDoesNotAnswer) {
  Open();
  ASSERT_TRUE(world().Mute(4, true).ok());
  BusOperationRequest request = Unchanged();
  request.joints = MaskOf(0);
  request.calibrations[0].lower_raw += 5;
  const BusOperationResult result = Run(request);
  EXPECT_EQ(result.refusal, BusRefusal::kServoMissing);
  EXPECT_EQ(result.joint, 3);
}

TEST_F(StoreCalibrationTest, RefusesWhatARegisterCannotHoldAndNamesIt) {
  Open();
  struct Wrong {
    StoredCalibration setting;
    int address;
    int limit;
    int asked;
  };
  const Wrong all[] = {{{2000, 2000, 0}, 11, 2001, 2000},
                       {{-1, 4000, 0}, 9, 0, -1},
                       {{0, 4096, 0}, 11, 4095, 4096},
                       {{0, 4000, 2048}, 31, 2047, 2048},
                       {{0, 4000, -2048}, 31, -2047, -2048}};
  for (const auto& [setting, address, limit, asked] : all) {
    BusOperationRequest request = Unchanged();
    request.calibrations[1] = setting;
    const BusOperationResult result = Run(request);
    EXPECT_EQ(result.refusal, BusRefusal::kBadSetting);
    EXPECT_EQ(result.fact.address, address);
    EXPECT_EQ(result.fact.wanted, limit);
    EXPECT_EQ(result.fact.found, asked);
  }
}

TEST_F(StoreCalibrationTest, NothingElseRunsMeanwhileNotEvenARelease) {
  Open();
  BusOperationRequest request = Unchanged();
  request.joints = MaskOf(1);
  RunUntilPaused(request);
  for (const BusOperation kind : {BusOperation::kEnableTorque, BusOperation::kReleaseTorque,
                                  BusOperation::kStoreCalibration}) {
    EXPECT_EQ(bus_->Begin({.kind = kind, .joints = AllJoints()}), BusRefusal::kBusy);
  }
}

TEST_F(StoreCalibrationTest, AReleaseTakesItsPlaceUntilAllIsKnownToBeLimp) {
  Open();
  ASSERT_TRUE(world().Mute(4, true).ok());
  ASSERT_EQ(bus_->Begin(Unchanged()), BusRefusal::kNone);
  Tick();
  EXPECT_EQ(bus_->Begin({.kind = BusOperation::kReleaseTorque, .joints = MaskOf(0)}),
            BusRefusal::kNone);
  EXPECT_EQ(RunOn().phase, Phase::kDone);
}

TEST_F(StoreCalibrationTest, AServoLostHalfwayIsNamedAndTheBusGoesOn) {
  Open();
  BusOperationRequest request = Unchanged();
  request.joints = MaskOf(1);
  RunUntilPaused(request);
  ASSERT_TRUE(world().Mute(2, true).ok());
  const BusOperationResult result = RunOn();
  EXPECT_EQ(result.refusal, BusRefusal::kServoMissing);
  EXPECT_EQ(result.joint, 1);
  EXPECT_NE(Tick().answered & MaskOf(0), 0U);
  EXPECT_EQ(ByteOf(2, 55), 1) << "it heard the lock, though nobody heard its answer";
}

}  // namespace
}  // namespace soarm
