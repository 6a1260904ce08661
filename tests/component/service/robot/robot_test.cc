#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "soarm/v1/robot.grpc.pb.h"
#include "soarm/v1/state.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

ServingOptions Identity() {
  ServingOptions options;
  options.identity.version = "1.2.3";
  options.identity.revision = "abcdef";
  options.identity.simulated = true;
  options.listen = {"127.0.0.1:0"};
  return options;
}

class RobotServiceTest : public testing::Test {
 protected:
  v1::StatusResponse GetStatus() {
    v1::StatusResponse status;
    EXPECT_TRUE(stub_->GetStatus(Patiently().get(), {}, &status).ok());
    return status;
  }

  ServedRobot served_{{"lekiwi", "so101_leader"}, Identity()};
  std::unique_ptr<v1::RobotService::Stub> stub_ = v1::RobotService::NewStub(served_.channel);
};

TEST_F(RobotServiceTest, SaysWhatItIs) {
  served_.clock.Advance(std::chrono::seconds(90));
  v1::GetInfoResponse info;
  ASSERT_TRUE(stub_->GetInfo(Patiently().get(), {}, &info).ok());
  EXPECT_EQ(info.version(), "1.2.3");
  EXPECT_EQ(info.revision(), "abcdef");
  EXPECT_EQ(info.api(), "soarm.v1");
  EXPECT_TRUE(info.simulated());
  EXPECT_EQ(info.uptime().seconds(), 90);
  ASSERT_EQ(info.listening_size(), 1);
  EXPECT_EQ(info.listening(0), served_.server->addresses()[0]);
}

TEST_F(RobotServiceTest, DescribesGroupsJointsAndLimits) {
  v1::RobotDescription description;
  ASSERT_TRUE(stub_->GetDescription(Patiently().get(), {}, &description).ok());
  ASSERT_EQ(description.groups_size(), 3);
  EXPECT_EQ(description.groups(0).role(), v1::FOLLOWER);
  EXPECT_EQ(description.groups(1).role(), v1::BASE);
  EXPECT_EQ(description.groups(2).role(), v1::LEADER);
  EXPECT_EQ(description.groups(2).bus(), "leader");
  const v1::JointDescription& elbow = description.groups(0).joints(2);
  EXPECT_EQ(elbow.name(), "elbow_flex");
  EXPECT_EQ(elbow.firmware(), "3.10");
  EXPECT_NEAR(elbow.upper_rad(), kPi / 2, 1e-9);
  EXPECT_NEAR(elbow.upper_limit_rad(), kPi / 2 - 2 * kRadPerDeg, 1e-9);
  EXPECT_EQ(elbow.velocity_limit_rad_s(), 3);
  EXPECT_TRUE(description.groups(1).joints(0).wheel());
  EXPECT_EQ(description.rate_hz(), 200);
  v1::StateFrame frame;
  ASSERT_TRUE(
      v1::StateService::NewStub(served_.channel)->GetState(Patiently().get(), {}, &frame).ok());
  EXPECT_EQ(frame.schema_hash(), description.schema_hash());
  EXPECT_EQ(frame.calibration_hash(), description.calibration_hash());
}

TEST_F(RobotServiceTest, ReportsFaultsWithWhatToDo) {
  served_.robot.Edit(0, [](BusState& bus) { bus.joints[5].sample.faults.Set(Fault::kOverload); });
  const v1::StatusResponse status = GetStatus();
  ASSERT_EQ(status.faults_size(), 1);
  EXPECT_EQ(status.faults(0).subject(), "arm/gripper");
  EXPECT_EQ(status.faults(0).fault(), "OVERLOAD");
  EXPECT_NE(status.faults(0).fix(), "");
  EXPECT_TRUE(status.realtime_priority());
  EXPECT_FALSE(status.memory_locked());
  EXPECT_EQ(status.verdicts_lost(), 3u);
}

TEST_F(RobotServiceTest, ShowsEachOfABusesCountsUnderItsName) {
  served_.robot.Edit(0, [](BusState& bus) {
    bus.ticks_run = 1;
    bus.ticks_missed = 2;
    bus.answers_missed = 3;
    bus.answers_corrupt = 4;
    bus.answers_discarded = 5;
    bus.bus_late = 6;
    bus.foreign_bytes = 7;
    bus.opens = 8;
    bus.ticks_paused = 9;
  });
  const v1::BusStatus bus = GetStatus().buses(0);
  EXPECT_EQ(bus.ticks(), 1u);
  EXPECT_EQ(bus.ticks_missed(), 2u);
  EXPECT_EQ(bus.answers_missed(), 3u);
  EXPECT_EQ(bus.answers_corrupt(), 4u);
  EXPECT_EQ(bus.answers_discarded(), 5u);
  EXPECT_EQ(bus.bus_late(), 6u);
  EXPECT_EQ(bus.foreign_bytes(), 7u);
  EXPECT_EQ(bus.opens(), 8u);
  EXPECT_EQ(bus.ticks_paused(), 9u);
}

TEST_F(RobotServiceTest, NamesThePlugBehindWhichNothingAnswers) {
  const auto silence = [this](std::size_t from) {
    served_.robot.Edit(0, [from](BusState& bus) {
      for (std::size_t i = from; i < 6; ++i) {
        bus.joints[i].sample.faults.Set(Fault::kNoReply);
        bus.joints[i].sample.faults.Set(Fault::kQuarantined);
      }
    });
    return GetStatus();
  };
  const v1::StatusResponse one = silence(5);
  ASSERT_EQ(one.faults_size(), 1);
  EXPECT_EQ(one.faults(0).fault(), "QUARANTINED") << "of a single one it may be any plug";
  const v1::StatusResponse three = silence(3);
  ASSERT_EQ(three.faults_size(), 1);
  EXPECT_EQ(three.faults(0).subject(), "arm/wrist_flex");
  EXPECT_EQ(three.faults(0).fault(), "NO_REPLY");
  EXPECT_EQ(three.faults(0).fix(), "Check the plugs between elbow_flex and wrist_flex.");
  EXPECT_EQ(three.faults(0).facts().at("silent"), "wrist_flex, wrist_roll, gripper");
  const v1::StatusResponse all = silence(0);
  ASSERT_EQ(all.faults_size(), 1);
  EXPECT_NE(all.faults(0).fix().find("supply"), std::string::npos);
}

TEST_F(RobotServiceTest, SaysWhatAServoMeasuresThatFindsItsSupplyWrong) {
  served_.robot.Edit(0, [](BusState& bus) {
    bus.joints[1].sample.faults.Set(Fault::kSupplyVoltage);
    bus.joints[1].sample.voltage_v = 12.04;
  });
  const v1::StatusResponse status = GetStatus();
  ASSERT_EQ(status.faults_size(), 1);
  EXPECT_EQ(status.faults(0).message(), "12.0 V at this servo");
  EXPECT_EQ(status.faults(0).facts().at("voltage_v"), "12.0");
}

TEST_F(RobotServiceTest, NamesTheRegisterOfAnUnfitSettingAndTheShareOfDamage) {
  served_.robot.EditDescription(0, [](BusDescription& description) {
    description.joints[1].unfit = {.address = 21,
                                   .name = "position_p",
                                   .wanted = 8,
                                   .found = 0,
                                   .bound = RegisterFact::Bound::kAtLeast,
                                   .unit = 1,
                                   .unit_name = "",
                                   .meaning = "it sinks"};
  });
  served_.robot.Edit(0, [](BusState& bus) {
    bus.joints[1].sample.faults.Set(Fault::kUnfitSetting);
    bus.joints[2].sample.faults.Set(Fault::kCorruptReply);
    bus.joints[2].sample.damaged_share = 0.0412;
  });
  const v1::StatusResponse status = GetStatus();
  ASSERT_EQ(status.faults_size(), 2);
  EXPECT_EQ(status.faults(0).message(),
            "position_p (register 21): found 0, wanted at least 8; it sinks");
  const auto& facts = status.faults(0).facts();
  EXPECT_EQ(facts.at("register"), "21");
  EXPECT_EQ(facts.at("register_name"), "position_p");
  EXPECT_EQ(facts.at("wanted"), "8");
  EXPECT_EQ(facts.at("found"), "0");
  EXPECT_EQ(status.faults(1).message(), "4.1 % of its answers are damaged");
  EXPECT_EQ(status.faults(1).facts().at("damaged_percent"), "4.1");
}

TEST_F(RobotServiceTest, SaysHowHotAServoIsAndWhereItSwitchesItselfOff) {
  served_.robot.EditDescription(
      0, [](BusDescription& description) { description.joints[1].max_temperature_c = 70; });
  served_.robot.Edit(0, [](BusState& bus) {
    bus.joints[1].sample.faults.Set(Fault::kHot);
    bus.joints[1].sample.temperature_c = 63;
  });
  const v1::StatusResponse status = GetStatus();
  ASSERT_EQ(status.faults_size(), 1);
  EXPECT_EQ(status.faults(0).facts().at("temperature_c"), "63");
  EXPECT_EQ(status.faults(0).facts().at("max_temperature_c"), "70");
}

TEST_F(RobotServiceTest, NamesTheRegisterOfAServoThatIsUnlockedAndWhatLocksIt) {
  served_.robot.EditDescription(0, [](BusDescription& description) {
    description.joints[1].lock = {.address = 55,
                                  .name = "lock",
                                  .wanted = 1,
                                  .found = 0,
                                  .bound = RegisterFact::Bound::kExactly,
                                  .unit = 1,
                                  .unit_name = "",
                                  .meaning = ""};
  });
  served_.robot.Edit(0, [](BusState& bus) { bus.joints[1].sample.faults.Set(Fault::kUnlocked); });
  const v1::StatusResponse status = GetStatus();
  ASSERT_EQ(status.faults_size(), 1);
  EXPECT_EQ(status.faults(0).fault(), "UNLOCKED");
  EXPECT_NE(status.faults(0).message().find("lock (register 55): found 0, wanted 1"),
            std::string::npos)
      << status.faults(0).message();
  EXPECT_EQ(status.faults(0).facts().at("register"), "55");
  EXPECT_NE(status.faults(0).fix().find("clear-fault"), std::string::npos);
}

TEST_F(RobotServiceTest, SaysWhyABusIsClosed) {
  Problem problem;
  problem.code = absl::StatusCode::kUnavailable;
  problem.reason = "PORT_IN_USE";
  problem.message = "The port is used by another program.";
  problem.fix = "Close it.";
  served_.robot.SetOpenError(1, ToStatus(problem));
  const v1::StatusResponse status = GetStatus();
  ASSERT_EQ(status.buses_size(), 2);
  EXPECT_TRUE(status.buses(0).open());
  EXPECT_FALSE(status.buses(0).has_error());
  EXPECT_FALSE(status.buses(1).open());
  EXPECT_EQ(status.buses(1).error().reason(), "PORT_IN_USE");
  EXPECT_EQ(status.buses(1).error().fix(), "Close it.");
}

TEST_F(RobotServiceTest, SaysWhatIsWrongWithABusThatIsOpen) {
  Problem problem;
  problem.reason = "LATENCY_TIMER";
  problem.message = "The adapter holds answers back.";
  problem.fix = "Install the udev rules.";
  problem.facts["latency_timer_ms"] = "16";
  served_.robot.SetNotes(1, {problem});
  const v1::StatusResponse status = GetStatus();
  EXPECT_TRUE(status.buses(1).open());
  ASSERT_EQ(status.faults_size(), 1);
  EXPECT_EQ(status.faults(0).subject(), "bus/" + status.buses(1).name());
  EXPECT_EQ(status.faults(0).fault(), "LATENCY_TIMER");
  EXPECT_EQ(status.faults(0).message(), "The adapter holds answers back.");
  EXPECT_EQ(status.faults(0).fix(), "Install the udev rules.");
  EXPECT_EQ(status.faults(0).facts().at("latency_timer_ms"), "16");
}

TEST_F(RobotServiceTest, ReportsWhatIsWrongWithADeviceThatIsNoBus) {
  Problem problem;
  problem.reason = "TOO_DARK";
  problem.message = "The exposure is as long as a frame.";
  DeviceInfo camera;
  camera.name = "camera/front";
  camera.open = true;
  camera.notes = {problem};
  served_.robot.SetOthers({camera});
  const v1::StatusResponse status = GetStatus();
  ASSERT_EQ(status.faults_size(), 1);
  EXPECT_EQ(status.faults(0).subject(), "camera/front");
  EXPECT_EQ(status.faults(0).fault(), "TOO_DARK");
}

TEST_F(RobotServiceTest, MeasuresTheRateAndSeesAStandstill) {
  for (int tick = 0; tick < 200; ++tick) {
    served_.clock.Advance(std::chrono::milliseconds(10));
    served_.robot.Tick();
  }
  EXPECT_NEAR(GetStatus().buses(0).measured_rate_hz(), 100, 1e-6);
  served_.clock.Advance(std::chrono::seconds(2));
  EXPECT_EQ(GetStatus().buses(0).measured_rate_hz(), 0);
}

}  // namespace
}  // namespace soarm
