// Other programs that have the tty of a bus open.

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/system/fault_rig.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

std::string PidIn(const google::protobuf::Map<std::string, std::string>& facts) {
  const auto pid = facts.find("pid");
  return pid == facts.end() ? "" : pid->second;
}

class OtherProgramsTest : public FaultTest {
 protected:
  // Starts one that has opened `path`; false when that failed (and the test with it).
  [[nodiscard]] bool Guest(const std::string& path, const std::string& what) {
    guest_ = std::make_unique<Process>("port_guest", std::vector<std::string>{path, what});
    const bool ready = guest_->WaitForLine("port_guest ready").has_value();
    EXPECT_TRUE(ready) << guest_->errors();
    return ready;
  }
  std::string GuestPid() const { return std::to_string(guest_->pid()); }
  std::string ErrorReason() { return Status().buses(0).error().reason(); }
  // PORT_IN_USE as a fault of the open bus; without a subject when it is not there.
  v1::FaultReport Named() {
    const v1::StatusResponse status = Status();
    for (const v1::FaultReport& fault : status.faults()) {
      if (fault.subject() == "bus/arm" && fault.fault() == "PORT_IN_USE") return fault;
    }
    return {};
  }
  std::size_t PacketsSent() {
    const auto log = world().Call(kReadByteLog, sim::ReadByteLogRequest());
    EXPECT_TRUE(log.ok()) << log.status();
    std::size_t packets = 0;
    for (const sim::LoggedBytes& entry : log->entries()) packets += entry.from_host() ? 1 : 0;
    return packets;
  }

  std::unique_ptr<Process> guest_;
};

TEST_F(OtherProgramsTest, APortThatAnotherHasOpenIsLeftAloneAndItsHolderNamedUntilItIsGone) {
  // As below /dev/serial/by-id: the daemon knows the port by another name than its holder does.
  const std::string by_id = folder_.File("by-id");
  std::filesystem::create_symlink(simulator_.link(), by_id);
  ASSERT_TRUE(Guest(simulator_.link(), "sit"));
  daemon_ = std::make_unique<RunningDaemon>(folder_, std::vector<std::string>{"--port", by_id});
  ASSERT_TRUE(Eventually([&] { return ErrorReason() == "PORT_IN_USE"; }));
  const v1::ErrorDetail error = Status().buses(0).error();
  EXPECT_EQ(PidIn(error.facts()), GuestPid());
  EXPECT_THAT(error.message(), testing::HasSubstr("process " + GuestPid()));
  EXPECT_THAT(error.message(), testing::HasSubstr("port_guest"));
  EXPECT_THAT(error.fix(), testing::HasSubstr("Close that program"));
  EXPECT_EQ(PacketsSent(), 0U);
  guest_.reset();
  EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
  EXPECT_TRUE(Status().buses(0).open());
}

TEST_F(OtherProgramsTest, AnotherDaemonIsNamedAndNotTheSimulator) {
  StartDaemon();
  const TemporaryFolder other;
  RunningDaemon second(other, {"--port", simulator_.link()});
  v1::ErrorDetail error;
  EXPECT_TRUE(Eventually([&] {
    const auto status = second.connection().Call(client::kGetStatus, v1::GetStatusRequest());
    if (status.ok()) error = status->buses(0).error();
    return error.reason() == "PORT_IN_USE";
  }));
  EXPECT_EQ(PidIn(error.facts()), std::to_string(daemon_->process().pid())) << error.message();
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }))
      << "who was turned away is no trouble to who was there";
}

TEST_F(OtherProgramsTest, OneThatComesLaterIsNamedAndTheArmStaysHeld) {
  if (::geteuid() != 0) GTEST_SKIP() << "nobody but root may open a tty that soarmd has";
  StartDaemon();
  ASSERT_TRUE(Energised());
  const std::uint32_t opens = Status().buses(0).opens();
  const auto held = GoalsNow(world());
  const std::int64_t since_ns = TruthOf(world()).time_ns();
  ASSERT_TRUE(Guest(simulator_.link(), "write"));
  v1::FaultReport fault;
  EXPECT_TRUE(Eventually([&] {
    fault = Named();
    return !fault.subject().empty();
  }));
  EXPECT_EQ(PidIn(fault.facts()), GuestPid());
  EXPECT_THAT(fault.message(), testing::HasSubstr("port_guest"));
  EXPECT_THAT(fault.fix(), testing::HasSubstr("Close that program"));
  EXPECT_TRUE(Status().buses(0).open());
  EXPECT_EQ(Status().buses(0).opens(), opens);
  ExpectGoalsHeld(world(), since_ns, held);
  for (const auto& [id, servo] : ServosOf(world())) EXPECT_TRUE(servo.torque_on()) << id;
  guest_.reset();
  EXPECT_TRUE(Eventually([&] { return Named().subject().empty(); }));
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  ExpectMoves("shoulder_pan", 1, 0.4);
}

TEST_F(OtherProgramsTest, OneThatTakesTheAnswersIsNamed) {
  if (::geteuid() != 0) GTEST_SKIP() << "nobody but root may open a tty that soarmd has";
  StartDaemon();
  ASSERT_TRUE(Guest(simulator_.link(), "read"));
  // Where it takes all of them the bus is opened anew, and the error says so then.
  EXPECT_TRUE(Eventually([&] {
    const v1::ErrorDetail error = Status().buses(0).error();
    const bool refused = error.reason() == "PORT_IN_USE" && PidIn(error.facts()) == GuestPid();
    return refused || PidIn(Named().facts()) == GuestPid();
  }));
  guest_.reset();
  EXPECT_TRUE(Eventually([&] { return Status().buses(0).open() && ShowsNoFault(); }));
}

}  // namespace
}  // namespace soarm::test
