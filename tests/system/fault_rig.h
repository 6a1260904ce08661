#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "clients/cpp/lease.h"
#include "clients/cpp/state_watch.h"
#include "tests/system/driving.h"
#include "tests/system/programs.h"

namespace soarm::test {

template <typename Request>
using SimMethod = client::UnaryMethod<Request, sim::SimResponse>;

inline constexpr SimMethod<sim::SetSupplyRequest> kSetSupply{"/soarm.sim.v1.SimService/SetSupply"};
inline constexpr SimMethod<sim::BrownOutRequest> kBrownOut{"/soarm.sim.v1.SimService/BrownOut"};
inline constexpr SimMethod<sim::PowerCycleRequest> kPowerCycle{
    "/soarm.sim.v1.SimService/PowerCycle"};
inline constexpr SimMethod<sim::CorruptRequest> kCorrupt{"/soarm.sim.v1.SimService/Corrupt"};
inline constexpr SimMethod<sim::TruncateRequest> kTruncate{"/soarm.sim.v1.SimService/Truncate"};
inline constexpr SimMethod<sim::BatchRequest> kBatch{"/soarm.sim.v1.SimService/Batch"};
inline constexpr SimMethod<sim::DelayRequest> kDelay{"/soarm.sim.v1.SimService/Delay"};
inline constexpr SimMethod<sim::DuplicateIdRequest> kDuplicateId{
    "/soarm.sim.v1.SimService/DuplicateId"};
inline constexpr SimMethod<sim::ClearInjectionsRequest> kClearInjections{
    "/soarm.sim.v1.SimService/ClearInjections"};

// What the encoder's noise and rounding come to: less is no motion.
inline constexpr int kStill_ticks = 2;

// A simulated arm on its pseudo-terminal, a daemon that drives it, and a client that watches all
// the while: whatever goes wrong on the bus, its stream goes on and the daemon stays the same.
class FaultTest : public testing::Test {
 protected:
  FaultTest() : simulator_(folder_) {}

  // Before it, servos can be changed as if they had been bought so.
  void StartDaemon();
  // A lease on the arm, torque on; false when that failed (and the test with it).
  [[nodiscard]] bool Energised();
  void TearDown() override;

  // Does something to the simulated world.
  template <typename Request>
  void Do(SimMethod<Request> method, const Request& request) {
    const auto answer = simulator_.connection().Call(method, request);
    EXPECT_TRUE(answer.ok()) << answer.status();
  }
  void Mute(std::uint32_t servo, bool on);
  void WriteByte(std::uint32_t servo, std::uint32_t address, int value);
  void WriteWord(std::uint32_t servo, std::uint32_t address, int value);
  void Block(std::uint32_t servo, std::optional<double> at_rad);

  // What the daemon says.
  v1::GroupState Arm() { return daemon_->State().groups(0); }
  v1::JointState Joint(std::uint32_t servo);
  v1::StatusResponse Status();
  bool ShowsFault(std::uint32_t servo, const std::string& fault);
  bool ShowsNoFault();
  // The fix that goes with a fault in GetStatus; empty when it is not there.
  std::string FixOf(const std::string& subject, const std::string& fault);
  bool HoldsForFault(const std::string& joint);
  // All but `servo` fresh in one state while that one is not.
  bool OthersAreFresh(std::uint32_t servo);

  // What is true.
  sim::ServoTruth TruthOfServo(std::uint32_t servo);
  // True once the world has gone on for so long.
  bool WorldWentOn(Nanos span, const std::function<void()>& meanwhile = [] {});

  absl::Status EnableTorque();
  absl::Status ReleaseTorque();
  absl::Status ClearFault(const std::string& joint);
  absl::Status MoveTo(const std::string& joint, double position_rad);
  // The arm does what it is told: the joint goes there.
  void ExpectMoves(const std::string& joint, std::uint32_t servo, double position_rad);

  client::Connection& world() { return simulator_.connection(); }

  const TemporaryFolder folder_;
  RunningSim simulator_;
  std::unique_ptr<RunningDaemon> daemon_;
  std::unique_ptr<client::StateWatch> watch_;
  std::unique_ptr<client::Lease> lease_;
};

}  // namespace soarm::test
