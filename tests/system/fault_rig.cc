#include "tests/system/fault_rig.h"

#include <algorithm>
#include <cmath>

namespace soarm::test {

void FaultTest::StartDaemon() {
  daemon_ = std::make_unique<RunningDaemon>(folder_,
                                            std::vector<std::string>{"--port", simulator_.link()});
  EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
  // A servo that was not heard at opening is read when the bus is opened again.
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  watch_ = std::make_unique<client::StateWatch>(daemon_->connection(), "", 50);
  EXPECT_TRUE(watch_->First(Process::kPatience).ok());
}

bool FaultTest::Energised() {
  lease_ = Energise(daemon_->connection());
  return lease_ != nullptr && Arm().mode() == v1::HOLD;
}

void FaultTest::TearDown() {
  if (!watch_) return;
  const auto last = watch_->Newest();
  ASSERT_NE(last, nullptr);
  EXPECT_TRUE(Eventually([&] { return watch_->Newest()->seq() > last->seq(); }))
      << "the stream that was open all the while has ended: " << watch_->status();
  EXPECT_TRUE(watch_->status().ok()) << watch_->status();
  EXPECT_FALSE(lease_ && lease_->lost());
}

void FaultTest::Mute(std::uint32_t servo, bool on) {
  sim::MuteRequest request;
  request.set_servo(servo);
  request.set_on(on);
  Do(kMute, request);
}

void FaultTest::WriteByte(std::uint32_t servo, std::uint32_t address, int value) {
  sim::WriteRegistersRequest request;
  request.set_servo(servo);
  request.set_address(address);
  request.set_values(std::string(1, static_cast<char>(value)));
  Do(kWriteRegisters, request);
}

void FaultTest::WriteWord(std::uint32_t servo, std::uint32_t address, int value) {
  sim::WriteRegistersRequest request;
  request.set_servo(servo);
  request.set_address(address);
  request.set_values(std::string({static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)}));
  Do(kWriteRegisters, request);
}

void FaultTest::Block(std::uint32_t servo, std::optional<double> at_rad) {
  sim::BlockRequest request;
  request.set_servo(servo);
  if (at_rad) request.set_at_rad(*at_rad);
  Do(kBlock, request);
}

v1::JointState FaultTest::Joint(std::uint32_t servo) {
  const v1::GroupState arm = Arm();
  for (const v1::JointState& joint : arm.joints()) {
    if (joint.servo_id() == servo) return joint;
  }
  return {};
}

v1::StatusResponse FaultTest::Status() {
  const auto status = daemon_->connection().Call(client::kGetStatus, v1::GetStatusRequest());
  EXPECT_TRUE(status.ok()) << status.status();
  return status.ok() ? *status : v1::StatusResponse();
}

bool FaultTest::ShowsFault(std::uint32_t servo, const std::string& fault) {
  const v1::JointState joint = Joint(servo);
  return std::ranges::count(joint.faults(), fault) > 0;
}

bool FaultTest::ShowsNoFault() {
  const v1::GroupState arm = Arm();
  return std::ranges::all_of(arm.joints(),
                             [](const auto& joint) { return joint.faults().empty(); });
}

std::string FaultTest::FixOf(const std::string& subject, const std::string& fault) {
  const v1::StatusResponse status = Status();
  for (const v1::FaultReport& report : status.faults()) {
    if (report.subject() == subject && report.fault() == fault) return report.fix();
  }
  return {};
}

bool FaultTest::HoldsForFault(const std::string& joint) {
  const v1::GroupState arm = Arm();
  return arm.mode() == v1::HOLD && arm.mode_reason() == "FAULT" && arm.mode_joint() == joint;
}

bool FaultTest::OthersAreFresh(std::uint32_t servo) {
  const v1::GroupState arm = Arm();
  return std::ranges::all_of(arm.joints(), [servo](const v1::JointState& joint) {
    return joint.stale() == (joint.servo_id() == servo);
  });
}

sim::ServoTruth FaultTest::TruthOfServo(std::uint32_t servo) { return ServosOf(world())[servo]; }

bool FaultTest::WorldWentOn(Nanos span, const std::function<void()>& meanwhile) {
  const std::int64_t until = TruthOf(world()).time_ns() + span.count();
  return Eventually([&] {
    meanwhile();
    return TruthOf(world()).time_ns() >= until;
  });
}

absl::Status FaultTest::EnableTorque() {
  v1::EnableTorqueRequest request;
  *request.mutable_lease() = lease_->ref();
  return daemon_->connection().Call(client::kEnableTorque, request).status();
}

absl::Status FaultTest::ReleaseTorque() {
  v1::ReleaseTorqueRequest request;
  *request.mutable_lease() = lease_->ref();
  return daemon_->connection().Call(client::kReleaseTorque, request).status();
}

absl::Status FaultTest::ClearFault(const std::string& joint) {
  v1::ClearFaultRequest request;
  *request.mutable_lease() = lease_->ref();
  request.set_joint(joint);
  return daemon_->connection().Call(client::kClearFault, request).status();
}

absl::Status FaultTest::MoveTo(const std::string& joint, double position_rad) {
  v1::MoveToRequest request;
  *request.mutable_lease() = lease_->ref();
  *request.mutable_targets() = Target(joint, position_rad).targets();
  request.set_speed_scale(1.0);
  return daemon_->connection().Watch(client::kMoveTo, request,
                                     [](const v1::MoveToProgress&) { return true; });
}

void FaultTest::ExpectMoves(const std::string& joint, std::uint32_t servo, double position_rad) {
  absl::Status moved;
  // A stall of this machine may end a move: every joint is stale then.
  EXPECT_TRUE(Eventually([&] { return (moved = MoveTo(joint, position_rad)).ok(); })) << moved;
  EXPECT_TRUE(Eventually([&] {
    return std::abs(TruthOfServo(servo).position_rad() - position_rad) < 0.03;
  })) << joint
      << " is at " << TruthOfServo(servo).position_rad();
}

}  // namespace soarm::test
