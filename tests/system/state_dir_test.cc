#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/programs.h"

namespace soarm::test {
namespace {

using ::testing::HasSubstr;

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

}  // namespace
}  // namespace soarm::test
