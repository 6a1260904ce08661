// Lives and deaths of the daemon.

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "clients/cpp/stop_socket.h"
#include "tests/system/adversity/scene.h"
#include "tests/system/frame_stream.h"

namespace soarm::test {

std::vector<std::string> Scene::DaemonArgs(EndState end_state) const {
  return {"--config",      folder_.File(end_state == EndState::kLimp ? "limp.toml" : "hold.toml"),
          "--port",        "follower=" + arm_.link(),
          "--leader-port", "leader=" + leader_.link()};
}

void Scene::StartDaemon(EndState end_state) {
  end_state_ = end_state;
  ledger_.dead.Close(Now_ns());
  if (stops_.may_release()) ledger_.releases.Open(Now_ns());
  daemon_ = std::make_unique<RunningDaemon>(folder_, DaemonArgs(end_state));
  if (disk_full_) SetDiskFull(true);
  for (const std::string& wrong : stops_.NextLife(Safety())) ADD_FAILURE() << wrong;
  if (!stops_.any()) ledger_.stopped.Close(Now_ns());
  EXPECT_TRUE(daemon_->WaitForFreshJoints(12)) << "it does not find its joints";
  LearnStops(true, false);
}

void Scene::KillWhileStarting(int frames) {
  std::vector<std::string> args = {"--listen", "unix:" + folder_.File("soarmd.sock"), "--state-dir",
                                   folder_.File("state")};
  for (const std::string& arg : DaemonArgs(EndState::kHold)) args.push_back(arg);
  ledger_.dead.Close(Now_ns());
  if (stops_.may_release()) ledger_.releases.Open(Now_ns());
  Process starting("soarmd", args);
  EXPECT_TRUE(truth_.WaitForFrames(frames));
  starting.Signal(SIGKILL);
  EXPECT_EQ(starting.WaitForExit(), -SIGKILL) << starting.errors();
  ledger_.dead.Open(Now_ns());
  ledger_.releases.Close(Now_ns());
}

void Scene::KillDaemon() {
  daemon_->process().Signal(SIGKILL);
  EXPECT_EQ(daemon_->process().WaitForExit(), -SIGKILL) << daemon_->process().errors();
  DaemonIsGone(false);
}

void Scene::EndDaemon() {
  if (end_state_ == EndState::kLimp) ledger_.releases.Open(Now_ns());
  daemon_->process().Signal(SIGTERM);
  EXPECT_EQ(daemon_->process().WaitForExit(), 0) << daemon_->process().errors();
  EXPECT_THAT(daemon_->process().errors(), testing::Not(testing::HasSubstr("not be confirmed")));
  EXPECT_TRUE(end_state_ == EndState::kHold || IsTorque(false)) << "the end state is not there";
  DaemonIsGone(true);
}

// What drove it has no lease in any later life.
void Scene::DaemonIsGone(bool in_order) {
  const std::int64_t now_ns = Now_ns();
  ledger_.dead.Open(now_ns);
  ledger_.releases.Close(now_ns);
  ledger_.energises.Close(now_ns);
  ForgetDriver(Nanos{0});
  stops_.DaemonDied(in_order && !disk_full_);
  daemon_.reset();
}

void Scene::FreezeDaemon(Nanos span, Thaw thaw, const std::function<void()>& meanwhile) {
  daemon_->process().Signal(SIGSTOP);
  const std::int64_t frozen_ns = Now_ns();
  ledger_.dead.Open(frozen_ns);
  meanwhile();
  EXPECT_TRUE(truth_.WaitUntil(frozen_ns + span.count()));
  if (thaw == Thaw::kIsKilled) return KillDaemon();
  ledger_.dead.Close(Now_ns());
  daemon_->process().Signal(SIGCONT);
  EXPECT_TRUE(daemon_->WaitForFreshJoints(12)) << "it does not find its joints again";
}

void Scene::FreezeSimulator(Nanos span) {
  arm_.process().Signal(SIGSTOP);
  const std::int64_t until_ns = Now_ns() + span.count();
  EXPECT_TRUE(Eventually([&] { return Now_ns() > until_ns; }));
  arm_.process().Signal(SIGCONT);
  EXPECT_TRUE(truth_.WaitForFrames(1));
  EXPECT_TRUE(daemon_->WaitForFreshJoints(12)) << "it does not find its joints again";
}

void Scene::StartSecondDaemon(std::size_t kind) {
  const TemporaryFolder other;
  const std::string socket = other.File("soarmd.sock");
  std::vector<std::string> args = {"--config", folder_.File("limp.toml"), "--port",
                                   "follower=" + arm_.link()};
  const bool same_socket = kind == 0;
  const bool same_state = kind <= 1;
  args.insert(args.end(), {"--listen", "unix:" + (same_socket ? daemon_->socket() : socket)});
  args.insert(args.end(), {"--state-dir", (same_state ? folder_ : other).File("state")});
  Process second("soarmd", args);
  if (same_state) {
    EXPECT_EQ(second.WaitForExit(), 1) << second.errors();
  } else {
    EXPECT_TRUE(second.WaitForLine("soarmd ready ")) << second.errors();
    (void)client::StopThroughSocket(socket + ".stop", "release", "second", Process::kPatience);
    EXPECT_TRUE(truth_.WaitForFrames(20));
    second.Signal(SIGTERM);
    EXPECT_EQ(second.WaitForExit(), 0) << second.errors();
  }
  for (const std::string& wrong : stops_.SameLife(Safety())) ADD_FAILURE() << wrong;
  EXPECT_TRUE(daemon_->WaitForFreshJoints(12)) << "the first one is disturbed";
}

void Scene::SetDiskFull(bool full) {
  disk_full_ = full;
  if (!is_up()) return;
  rlimit limit{};
  EXPECT_EQ(::prlimit(daemon_->process().pid(), RLIMIT_FSIZE, nullptr, &limit), 0);
  limit.rlim_cur = full ? 0 : limit.rlim_max;
  EXPECT_EQ(::prlimit(daemon_->process().pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  if (full) return;
  EXPECT_TRUE(Eventually([&] { return !Safety().has_not_kept(); })) << "the stops are not kept";
}

}  // namespace soarm::test
