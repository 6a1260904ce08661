#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "clients/cpp/connection.h"
#include "soarm/sim/v1/sim.pb.h"
#include "soarm/v1/state.pb.h"
#include "tests/system/process.h"

namespace soarm::test {

namespace sim = ::soarm::sim::v1;

inline constexpr client::UnaryMethod<sim::GetTruthRequest, sim::Truth> kGetTruth{
    "/soarm.sim.v1.SimService/GetTruth"};
inline constexpr client::WatchMethod<sim::WatchTruthRequest, sim::Truth> kWatchTruth{
    "/soarm.sim.v1.SimService/WatchTruth"};
inline constexpr client::UnaryMethod<sim::UnplugRequest, sim::SimResponse> kUnplug{
    "/soarm.sim.v1.SimService/Unplug"};
inline constexpr client::UnaryMethod<sim::ReplugRequest, sim::SimResponse> kReplug{
    "/soarm.sim.v1.SimService/Replug"};
inline constexpr client::UnaryMethod<sim::SetJointRequest, sim::SimResponse> kSetJoint{
    "/soarm.sim.v1.SimService/SetJoint"};
inline constexpr client::UnaryMethod<sim::BlockRequest, sim::SimResponse> kBlock{
    "/soarm.sim.v1.SimService/Block"};
inline constexpr client::UnaryMethod<sim::SetLoadRequest, sim::SimResponse> kSetLoad{
    "/soarm.sim.v1.SimService/SetLoad"};
inline constexpr client::UnaryMethod<sim::MuteRequest, sim::SimResponse> kMute{
    "/soarm.sim.v1.SimService/Mute"};
inline constexpr client::UnaryMethod<sim::ReadByteLogRequest, sim::ReadByteLogResponse>
    kReadByteLog{"/soarm.sim.v1.SimService/ReadByteLog"};
inline constexpr client::UnaryMethod<sim::StepRequest, sim::SimResponse> kStep{
    "/soarm.sim.v1.SimService/Step"};
inline constexpr client::UnaryMethod<sim::ReadRegistersRequest, sim::ReadRegistersResponse>
    kReadRegisters{"/soarm.sim.v1.SimService/ReadRegisters"};
inline constexpr client::UnaryMethod<sim::WriteRegistersRequest, sim::SimResponse> kWriteRegisters{
    "/soarm.sim.v1.SimService/WriteRegisters"};

// A connection, or a failed test and null.
std::unique_ptr<client::Connection> Connect(const std::string& address);

// Asks again until `good` or until the patience ends; false then. For states of other processes,
// which only polling shows.
bool Eventually(const std::function<bool()>& good);

// soarmd with its own socket in `folder`, and a connection once it is ready.
class RunningDaemon {
 public:
  // With `most_files` it may have so many descriptors at most.
  RunningDaemon(const TemporaryFolder& folder, const std::vector<std::string>& args,
                std::size_t most_files = 0);

  Process& process() { return process_; }
  client::Connection& connection() { return *connection_; }
  const std::string& socket() const { return socket_; }

  // The newest state of all groups.
  v1::StateFrame State();
  // Waits for a state in which all groups are known and `joints` joints, all there are, are fresh.
  bool WaitForFreshJoints(int joints);

 private:
  const std::string socket_;
  Process process_;
  std::unique_ptr<client::Connection> connection_;
};

// soarm-sim behind `link` in `folder`, and a connection once it is ready.
class RunningSim {
 public:
  RunningSim(const TemporaryFolder& folder, const std::vector<std::string>& args = {});

  Process& process() { return process_; }
  client::Connection& connection() { return *connection_; }
  const std::string& link() const { return link_; }

 private:
  const std::string link_;
  Process process_;
  std::unique_ptr<client::Connection> connection_;
};

sim::Truth TruthOf(client::Connection& connection);

}  // namespace soarm::test
