#include <filesystem>

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
  RunningDaemon daemon(folder, {"--sim"});
  EXPECT_FALSE(std::filesystem::exists(folder.File("state/stops.toml.a1B2c3.draft")));
  EXPECT_FALSE(std::filesystem::exists(folder.File("state/poses.toml.a1B2c3.draft")));
  EXPECT_TRUE(std::filesystem::exists(folder.File("state/poses.toml.backup")));
}

}  // namespace
}  // namespace soarm::test
