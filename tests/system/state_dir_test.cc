#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "clients/cpp/pairing.h"
#include "clients/cpp/stop_socket.h"
#include "common/base/problem.h"
#include "common/tls/join_string.h"
#include "tests/system/programs.h"

namespace soarm::test {
namespace {

using ::testing::HasSubstr;

v1::SafetyState Safety(RunningDaemon& daemon) {
  const auto safety = daemon.connection().Call(client::kGetSafety, v1::GetSafetyRequest());
  EXPECT_TRUE(safety.ok()) << safety.status();
  return safety.ok() ? *safety : v1::SafetyState();
}

TEST(StateDirTest, OneThatCannotBeUsedIsToldAtTheStart) {
  const TemporaryFolder folder;
  folder.Write("state", "a file where the directory should be");
  RunningDaemon daemon(folder, {"--sim"});
  EXPECT_THAT(daemon.process().errors(), HasSubstr("would not outlive a restart"));
  EXPECT_THAT(daemon.process().errors(), HasSubstr("Give the daemon a state directory"));
  const auto safety = daemon.connection().Call(client::kGetSafety, v1::GetSafetyRequest());
  ASSERT_TRUE(safety.ok()) << safety.status();
  EXPECT_EQ(safety->not_kept().reason(), "NOT_SAVED");
  EXPECT_EQ(safety->stops_size(), 0);
}

// As many deaths as it takes to meet a writing that comes after the answer.
TEST(StateDirTest, AStopThatWasClearedDoesNotComeBackHoweverSoonTheDaemonDies) {
  const TemporaryFolder folder;
  for (int i = 0; i < 5; ++i) {
    RunningDaemon daemon(folder, {"--sim"});
    ASSERT_EQ(Safety(daemon).stops_size(), 0) << "life " << i;
    ASSERT_TRUE(daemon.connection().Call(client::kStop, v1::StopRequest()).ok());
    const auto cleared = daemon.connection().Call(client::kClear, v1::ClearRequest());
    daemon.process().Signal(SIGKILL);
    ASSERT_TRUE(cleared.ok()) << cleared.status();
    EXPECT_FALSE(cleared->has_not_kept());
    daemon.process().WaitForExit();
  }
}

TEST(StateDirTest, AReleaseThatWasClearedDoesNotComeBackFromAFullDisk) {
  const TemporaryFolder folder;
  {
    RunningDaemon daemon(folder, {"--sim"});
    v1::StopRequest release;
    release.set_level(v1::StopRequest::RELEASE);
    const auto stopped = daemon.connection().Call(client::kStop, release);
    ASSERT_TRUE(stopped.ok()) << stopped.status();
    ASSERT_FALSE(stopped->has_not_kept());
    const rlimit full{0, RLIM_INFINITY};  // no file may grow
    ASSERT_EQ(::prlimit(daemon.process().pid(), RLIMIT_FSIZE, &full, nullptr), 0);
    const auto cleared = daemon.connection().Call(client::kClear, v1::ClearRequest());
    ASSERT_TRUE(cleared.ok()) << cleared.status();
    EXPECT_EQ(cleared->cleared_size(), 1);
    EXPECT_FALSE(cleared->has_not_kept());
    EXPECT_EQ(Safety(daemon).not_kept().reason(), "NOT_SAVED") << "the disk is full";
    daemon.process().Signal(SIGKILL);
    daemon.process().WaitForExit();
  }
  RunningDaemon again(folder, {"--sim"});
  EXPECT_EQ(Safety(again).stops_size(), 0);
}

TEST(StateDirTest, OneThatWasRemovedIsMadeAgainAndStillBelongsToItsDaemon) {
  const TemporaryFolder folder;
  const std::string state = folder.File("state");
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.connection().Call(client::kStop, v1::StopRequest()).ok());
  std::filesystem::remove_all(state);
  EXPECT_TRUE(Eventually([&] { return std::filesystem::exists(state + "/stops.toml"); }));
  Process second("soarmd",
                 {"--sim", "--listen", "unix:" + folder.File("second.sock"), "--state-dir", state});
  EXPECT_EQ(second.WaitForExit(), 1) << second.errors();
  EXPECT_FALSE(Safety(daemon).has_not_kept());
}

TEST(StateDirTest, OneThatAnotherDaemonHasTakenIsNotWritten) {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  const std::string state = folder.File("state");
  std::filesystem::create_directory(folder.File("old"));
  std::filesystem::create_directory_symlink(folder.File("old"), state);
  RunningDaemon daemon(folder, {"--sim"});
  RunningDaemon second(elsewhere, {"--sim"});
  // In one step, so that the first daemon cannot make it again in between.
  std::filesystem::create_directory_symlink(elsewhere.File("state"), folder.File("new"));
  std::filesystem::rename(folder.File("new"), state);
  const auto stopped = daemon.connection().Call(client::kStop, v1::StopRequest());
  ASSERT_TRUE(stopped.ok()) << stopped.status();
  EXPECT_EQ(stopped->not_kept().reason(), "STATE_DIR_IN_USE");
  EXPECT_EQ(Safety(daemon).not_kept().reason(), "STATE_DIR_IN_USE");
  const auto by_socket = client::StopThroughSocket(daemon.socket() + ".stop", "hold", "smoke",
                                                   std::chrono::seconds(5));
  ASSERT_TRUE(by_socket.ok()) << by_socket.status();
  ASSERT_TRUE(by_socket->not_kept);
  EXPECT_EQ(by_socket->not_kept->reason, "STATE_DIR_IN_USE");
  EXPECT_EQ(by_socket->not_kept->message, stopped->not_kept().message());
  EXPECT_EQ(by_socket->not_kept->fix, stopped->not_kept().fix());
  EXPECT_EQ(by_socket->not_kept->subject, stopped->not_kept().subject());
  second.process().Signal(SIGKILL);
  second.process().WaitForExit();
  RunningDaemon again(elsewhere, {"--sim"});
  EXPECT_EQ(Safety(again).stops_size(), 0) << "the stop of the first one";
}

TEST(StateDirTest, PosesThatCannotBeReadDoNotKeepTheRobotAlone) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.File("state"));
  folder.Write("state/poses.toml", "[pos");
  RunningDaemon daemon(folder, {"--sim"});
  EXPECT_THAT(daemon.process().errors(), HasSubstr("no saved pose is known"));
  const auto safety = daemon.connection().Call(client::kGetSafety, v1::GetSafetyRequest());
  EXPECT_TRUE(safety.ok()) << safety.status();
}

TEST(StateDirTest, WhatDeadDaemonsBeganToWriteIsGoneAfterTheStart) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.File("state"));
  folder.Write("state/stops.toml.a1B2c3.draft", "last_");
  folder.Write("state/poses.toml.a1B2c3.draft", "[pos");
  folder.Write("state/poses.toml.backup", "");
  std::filesystem::create_directory(folder.File("state/tls"));
  for (const char* key : {"robot.key", "robot.crt", "robot.key.new", "server.key", "server.crt"}) {
    folder.Write(std::string("state/tls/") + key + ".a1B2c3.draft", "-----BEGIN");
  }
  RunningDaemon daemon(folder, {"--sim"});
  EXPECT_TRUE(std::filesystem::is_empty(folder.File("state/tls")));
  EXPECT_FALSE(std::filesystem::exists(folder.File("state/stops.toml.a1B2c3.draft")));
  EXPECT_FALSE(std::filesystem::exists(folder.File("state/poses.toml.a1B2c3.draft")));
  EXPECT_TRUE(std::filesystem::exists(folder.File("state/poses.toml.backup")));
}

TEST(StateDirTest, HalfARobotsKeysKeepOthersOutAndNobodyElse) {
  const TemporaryFolder folder;
  const std::vector<std::string> flags = {"--sim", "--listen", "tls:127.0.0.1:0"};
  {
    RunningDaemon daemon(folder, flags);
    const auto offer = daemon.connection().Call(client::kOpenPairing, {});
    ASSERT_TRUE(offer.ok()) << offer.status();
    auto join = tls::ParseJoinString(offer->join_string());
    ASSERT_TRUE(join.ok()) << join.status();
    const auto joined = client::JoinRobot(*join, "laptop");
    ASSERT_TRUE(joined.ok()) << joined.status();
    std::filesystem::remove(folder.File("state/tls/robot.crt"));
    EXPECT_TRUE(Eventually([&] {
      return daemon.process().errors().find("robot.crt is gone from") != std::string::npos;
    })) << "while it can still be mended without anybody noticing";
  }
  RunningDaemon daemon(folder, flags);
  EXPECT_THAT(daemon.process().errors(), HasSubstr("no other machine gets in"));
  EXPECT_THAT(daemon.process().errors(), HasSubstr("robot.crt is missing, and robot.key"));
  EXPECT_TRUE(daemon.WaitForFreshJoints(6)) << "it is driven from here";
  const auto offer = daemon.connection().Call(client::kOpenPairing, {});
  ASSERT_FALSE(offer.ok());
  EXPECT_EQ(ProblemOf(offer.status()).reason, "KEY_FILE_MISSING");
  EXPECT_EQ(ProblemOf(offer.status()).subject, folder.File("state/tls/robot.crt"));
  EXPECT_FALSE(std::filesystem::exists(folder.File("state/tls/robot.crt")));
}

}  // namespace
}  // namespace soarm::test
