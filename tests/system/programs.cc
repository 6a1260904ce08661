#include "tests/system/programs.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace soarm::test {
namespace {

constexpr int kAskAgain_ms = 5;

std::vector<std::string> With(std::vector<std::string> first,
                              const std::vector<std::string>& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

}  // namespace

std::unique_ptr<client::Connection> Connect(const std::string& address) {
  client::Address target;
  target.target = address;
  auto connection = client::Connection::Open(target, Process::kPatience);
  if (!connection.ok()) {
    ADD_FAILURE() << address << ": " << connection.status();
    return nullptr;
  }
  return *std::move(connection);
}

bool Eventually(const std::function<bool()>& good) {
  const auto deadline = std::chrono::steady_clock::now() + Process::kPatience;
  while (!good()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, kAskAgain_ms);  // a pause between two questions; nothing depends on it
  }
  return true;
}

RunningDaemon::RunningDaemon(const TemporaryFolder& folder, const std::vector<std::string>& args,
                             std::size_t most_files)
    : socket_(folder.File("soarmd.sock")),
      process_("soarmd",
               With({"--listen", "unix:" + socket_, "--state-dir", folder.File("state")}, args),
               /*closed=*/false, most_files) {
  EXPECT_TRUE(process_.WaitForLine("soarmd ready ")) << process_.errors();
  connection_ = Connect("unix:" + socket_);
}

v1::StateFrame RunningDaemon::State() {
  const auto state = connection_->Call(client::kGetState, v1::GetStateRequest());
  EXPECT_TRUE(state.ok()) << state.status();
  return state.ok() ? *state : v1::StateFrame();
}

bool RunningDaemon::WaitForFreshJoints(int joints) {
  return Eventually([&] {
    int fresh = 0;
    const v1::StateFrame state = State();
    for (const v1::GroupState& group : state.groups()) {
      if (group.mode() == v1::UNKNOWN) return false;
      for (const v1::JointState& joint : group.joints()) {
        if (!joint.stale() && joint.age_ns() < 50'000'000) ++fresh;
      }
    }
    return fresh == joints;
  });
}

RunningSim::RunningSim(const TemporaryFolder& folder, const std::vector<std::string>& args)
    : link_(folder.File("bus")), process_("soarm-sim", With({"--link", link_}, args)) {
  EXPECT_TRUE(process_.WaitForLine("soarm-sim ready ")) << process_.errors();
  connection_ = Connect("unix:" + link_ + ".ctl");
}

sim::Truth TruthOf(client::Connection& connection) {
  const auto truth = connection.Call(kGetTruth, sim::GetTruthRequest());
  EXPECT_TRUE(truth.ok()) << truth.status();
  return truth.ok() ? *truth : sim::Truth();
}

}  // namespace soarm::test
