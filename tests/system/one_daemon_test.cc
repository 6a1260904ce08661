#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/programs.h"

namespace soarm::test {
namespace {

using ::testing::HasSubstr;

// Each finds the socket of a dead daemon, or of the other one before it listens.
TEST(OneDaemonTest, OfTwoThatStartTogetherOneServesAndTheOtherSaysWhy) {
  const TemporaryFolder folder;
  const std::string listen = "unix:" + folder.File("s");
  for (int round = 0; round < 20; ++round) {
    Process first("soarmd", {"--sim", "--listen", listen, "--state-dir", folder.File("a")});
    Process second("soarmd", {"--sim", "--listen", listen, "--state-dir", folder.File("b")});
    // Waits for the end of one and for the readiness of the other, whichever is which.
    const bool first_serves = first.WaitForLine("soarmd ready").has_value();
    const bool second_serves = second.WaitForLine("soarmd ready").has_value();
    ASSERT_NE(first_serves, second_serves) << first.errors() << second.errors();
    Process& serves = first_serves ? first : second;
    Process& ended = first_serves ? second : first;
    EXPECT_EQ(ended.WaitForExit(), 1);
    EXPECT_THAT(ended.errors(), HasSubstr("Another program listens on"));
    const auto connection = Connect(listen);
    ASSERT_NE(connection, nullptr);
    ASSERT_TRUE(connection->Call(client::kGetSafety, v1::GetSafetyRequest()).ok()) << round;
    EXPECT_TRUE(std::filesystem::exists(folder.File("s.stop"))) << round;
    serves.Signal(round % 2 == 0 ? SIGKILL : SIGTERM);  // leaves its files, or not
    serves.WaitForExit();
  }
  EXPECT_FALSE(std::filesystem::exists(folder.File("s"))) << "removed at an orderly end";
  EXPECT_FALSE(std::filesystem::exists(folder.File("s.lock")));
  EXPECT_FALSE(std::filesystem::exists(folder.File("s.stop.lock")));
}

}  // namespace
}  // namespace soarm::test
