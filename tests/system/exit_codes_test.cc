#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/programs.h"

namespace soarm::test {
namespace {

using ::testing::HasSubstr;

TEST(ExitCodeTest, BadFlagIsTwo) {
  Process daemon("soarmd", {"--nonsense"});
  EXPECT_EQ(daemon.WaitForExit(), 2);
  EXPECT_THAT(daemon.errors(), HasSubstr("--nonsense"));
  Process simulator("soarm-sim", {});
  EXPECT_EQ(simulator.WaitForExit(), 2);
}

TEST(ExitCodeTest, NoRobotIsTwoAndSaysHowToNameOne) {
  const TemporaryFolder folder;
  folder.Write("empty.toml", "");
  Process daemon("soarmd", {"--config", folder.File("empty.toml")});
  EXPECT_EQ(daemon.WaitForExit(), 2);
  EXPECT_THAT(daemon.errors(), HasSubstr("--port"));
}

TEST(ExitCodeTest, BadConfigIsTwoWithEveryLine) {
  const TemporaryFolder folder;
  folder.Write("bad.toml", "[control]\nrate_hz = -1\ncpu = \"all\"\n");
  Process daemon("soarmd", {"--sim", "--config", folder.File("bad.toml")});
  EXPECT_EQ(daemon.WaitForExit(), 2);
  EXPECT_THAT(daemon.errors(), HasSubstr("bad.toml:2: control.rate_hz"));
  EXPECT_THAT(daemon.errors(), HasSubstr("bad.toml:3: control.cpu"));
}

TEST(ExitCodeTest, MissingConfigIsTwo) {
  Process daemon("soarmd", {"--sim", "--config", "/nowhere/soarmd.toml"});
  EXPECT_EQ(daemon.WaitForExit(), 2);
  EXPECT_THAT(daemon.errors(), HasSubstr("/nowhere/soarmd.toml"));
}

TEST(ExitCodeTest, CheckConfigStartsNothing) {
  const TemporaryFolder folder;
  folder.Write("good.toml", "[control]\nrate_hz = 100\n");
  Process daemon("soarmd", {"--check-config", "--config", folder.File("good.toml"), "--listen",
                            "unix:" + folder.File("s")});
  EXPECT_EQ(daemon.WaitForExit(), 0) << daemon.errors();
  EXPECT_FALSE(std::filesystem::exists(folder.File("s")));
}

TEST(ExitCodeTest, LiveSocketIsRefusedAndKeepsWorking) {
  const TemporaryFolder folder;
  RunningDaemon first(folder, {"--sim"});
  Process second("soarmd", {"--sim", "--listen", "unix:" + first.socket(), "--state-dir",
                            folder.File("other_state")});
  EXPECT_EQ(second.WaitForExit(), 1);
  EXPECT_THAT(second.errors(), HasSubstr(first.socket()));
  EXPECT_TRUE(first.WaitForFreshJoints(6));
}

TEST(ExitCodeTest, AStateDirectoryInUseIsRefused) {
  const TemporaryFolder folder;
  RunningDaemon first(folder, {"--sim"});
  const std::string state = folder.File("state");
  Process second("soarmd",
                 {"--sim", "--listen", "unix:" + folder.File("other"), "--state-dir", state});
  EXPECT_EQ(second.WaitForExit(), 1);
  EXPECT_THAT(second.errors(), HasSubstr(state));
  EXPECT_FALSE(std::filesystem::exists(folder.File("other")));
}

TEST(ExitCodeTest, SignalsEndItWithZeroAndLeaveNoFiles) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const TemporaryFolder folder;
    RunningDaemon daemon(folder, {"--sim"});
    EXPECT_TRUE(std::filesystem::exists(daemon.socket() + ".stop"));
    daemon.process().Signal(signal);
    EXPECT_EQ(daemon.process().WaitForExit(), 0) << daemon.process().errors();
    EXPECT_FALSE(std::filesystem::exists(daemon.socket()));
    EXPECT_FALSE(std::filesystem::exists(daemon.socket() + ".stop"));
  }
}

TEST(ExitCodeTest, DeadSocketsAreReplaced) {
  const TemporaryFolder folder;
  {
    RunningDaemon daemon(folder, {"--sim"});
    daemon.process().Signal(SIGKILL);
    EXPECT_EQ(daemon.process().WaitForExit(), -SIGKILL);
    EXPECT_TRUE(std::filesystem::exists(daemon.socket()));
  }
  RunningDaemon daemon(folder, {"--sim"});
  EXPECT_TRUE(daemon.WaitForFreshJoints(6));
}

TEST(ReadyLineTest, NamesEveryAddressWithItsRealPort) {
  const TemporaryFolder folder;
  Process daemon("soarmd", {"--sim", "--listen", "unix:" + folder.File("s"), "--listen",
                            "127.0.0.1:0", "--state-dir", folder.File("state")});
  const auto line = daemon.WaitForLine("soarmd ready ");
  ASSERT_TRUE(line) << daemon.errors();
  EXPECT_THAT(*line, ::testing::MatchesRegex("soarmd ready listen=unix:" + folder.File("s") +
                                             " listen=127\\.0\\.0\\.1:[1-9][0-9]*"));
  EXPECT_NE(Connect(line->substr(line->rfind('=') + 1)), nullptr);
}

TEST(SimProgramTest, ReadyLineLinkAndCleanEnd) {
  const TemporaryFolder folder;
  const std::string link = folder.File("bus");
  std::filesystem::create_symlink("/dev/pts/nowhere", link);  // dangling: replaced
  Process simulator("soarm-sim", {"--link", link});
  const auto line = simulator.WaitForLine("soarm-sim ready ");
  ASSERT_TRUE(line) << simulator.errors();
  EXPECT_EQ(*line, "soarm-sim ready link=" + link + " control=unix:" + link + ".ctl");
  EXPECT_TRUE(std::filesystem::is_character_file(link));
  simulator.Signal(SIGTERM);
  EXPECT_EQ(simulator.WaitForExit(), 0);
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(link)));
  EXPECT_FALSE(std::filesystem::exists(link + ".ctl"));
}

TEST(SimProgramTest, LinkThatLeadsSomewhereIsKept) {
  const TemporaryFolder folder;
  folder.Write("precious", "data");
  Process simulator("soarm-sim", {"--link", folder.File("precious")});
  EXPECT_EQ(simulator.WaitForExit(), 1);
  EXPECT_TRUE(std::filesystem::is_regular_file(folder.File("precious")));
}

}  // namespace
}  // namespace soarm::test
