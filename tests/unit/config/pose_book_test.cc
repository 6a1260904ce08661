#include "server/config/pose_book.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "common/base/small_file.h"

namespace soarm {
namespace {

using testing::ElementsAre;
using testing::Field;

class PoseBookTest : public testing::Test {
 protected:
  PoseBookTest() {
    std::string name = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~PoseBookTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<PoseBook> Open() {
    auto book = std::make_unique<PoseBook>(
        path(), std::vector<NamedPose>{
                    {.group = "arm", .name = "rest", .joints_rad = {{"elbow_flex", 0.5}}}});
    EXPECT_TRUE(book->unreadable().ok()) << book->unreadable();
    return book;
  }
  std::string path() const { return (folder_ / "state" / "poses.toml").string(); }

  std::filesystem::path folder_;
};

TEST_F(PoseBookTest, WhatWasSavedIsThereAfterARestart) {
  const NamedPose pose{.group = "arm", .name = "up", .joints_rad = {{"a", -1.25}, {"b", 2.0}}};
  ASSERT_TRUE(Open()->Save(pose).ok());
  const auto poses = Open()->List();
  ASSERT_EQ(poses.size(), 2U);
  EXPECT_EQ(poses[0].name, "rest");
  EXPECT_TRUE(poses[0].configured);
  EXPECT_EQ(poses[1].name, "up");
  EXPECT_EQ(poses[1].joints_rad, pose.joints_rad);
  EXPECT_FALSE(poses[1].configured);
}

TEST_F(PoseBookTest, SavingAgainReplaces) {
  const auto book = Open();
  ASSERT_TRUE(book->Save({.group = "arm", .name = "up", .joints_rad = {{"a", 1.0}}}).ok());
  ASSERT_TRUE(book->Save({.group = "arm", .name = "up", .joints_rad = {{"a", 1e-7}}}).ok());
  EXPECT_EQ(book->List().size(), 2U);
  EXPECT_EQ(Open()->List()[1].joints_rad.at("a"), 1e-7);
}

TEST_F(PoseBookTest, DeletingForgetsForGood) {
  const auto book = Open();
  ASSERT_TRUE(book->Save({.group = "arm", .name = "up", .joints_rad = {{"a", 1.0}}}).ok());
  ASSERT_TRUE(book->Delete("arm", "up").ok());
  EXPECT_THAT(Open()->List(), ElementsAre(Field(&NamedPose::name, "rest")));
  ASSERT_TRUE(book->Save({.group = "arm", .name = "low", .joints_rad = {}}).ok());
  ASSERT_TRUE(book->Save({.group = "other_arm", .name = "high", .joints_rad = {}}).ok());
  const Problem unknown = ProblemOf(book->Delete("arm", "up"));
  EXPECT_EQ(unknown.reason, "UNKNOWN_POSE");
  EXPECT_EQ(unknown.facts.at("poses"), "low") << "those of the group that can be deleted";
}

TEST_F(PoseBookTest, ConfiguredPosesAreConstant) {
  const auto book = Open();
  EXPECT_EQ(ProblemOf(book->Save({.group = "arm", .name = "rest", .joints_rad = {}})).reason,
            "POSE_CONFIGURED");
  EXPECT_EQ(ProblemOf(book->Delete("arm", "rest")).reason, "POSE_CONFIGURED");
}

TEST_F(PoseBookTest, AFileThatCannotBeReadIsNotOverwritten) {
  std::filesystem::create_directory(folder_ / "state");
  std::ofstream(path()) << "[poses.arm.up]\nelbow_flex = \"high\"\n";
  PoseBook book(path(), {{.group = "arm", .name = "rest", .joints_rad = {}}});
  const Problem problem = ProblemOf(book.unreadable());
  EXPECT_EQ(problem.reason, "BAD_STATE_FILE");
  EXPECT_NE(problem.message.find("line 2"), std::string::npos) << problem.message;
  EXPECT_THAT(book.List(), ElementsAre(Field(&NamedPose::name, "rest")));
  EXPECT_EQ(ProblemOf(book.Save({.group = "arm", .name = "up", .joints_rad = {}})).reason,
            "BAD_STATE_FILE");
  EXPECT_EQ(ProblemOf(book.Delete("arm", "up")).reason, "BAD_STATE_FILE");
  EXPECT_EQ(ReadSmallFile(path()).text, "[poses.arm.up]\nelbow_flex = \"high\"\n");
}

TEST_F(PoseBookTest, AFileThatWasCutShortIsNotReadAsAPartOfIt) {
  const NamedPose pose{.group = "arm", .name = "up", .joints_rad = {{"a", -1.25}, {"b", 2.0}}};
  ASSERT_TRUE(Open()->Save(pose).ok());
  std::string whole;
  std::getline(std::ifstream(path()), whole, '\0');
  for (std::size_t size = whole.find('\n') + 1; size < whole.size() - 1; ++size) {
    std::ofstream(path()) << whole.substr(0, size);
    const PoseBook book(path(), {});
    EXPECT_EQ(ProblemOf(book.unreadable()).reason, "BAD_STATE_FILE") << size;
    EXPECT_TRUE(book.List().empty()) << size;
  }
  // As older soarmds wrote it.
  std::ofstream(path()) << "# Saved with `soarm pose save`; soarmd rewrites this file.\n"
                           "\n[poses.arm.up]\na = 1.0\n";
  EXPECT_EQ(Open()->List().size(), 2U);
}

TEST_F(PoseBookTest, WhatIsNoFileIsToldAsWhatItIs) {
  std::filesystem::create_directories(path());
  const Problem problem = ProblemOf(PoseBook(path(), {}).unreadable());
  EXPECT_EQ(problem.reason, "BAD_STATE_FILE");
  EXPECT_NE(problem.message.find("it is a directory"), std::string::npos) << problem.message;
  EXPECT_EQ(problem.fix, "Move it away.");
}

TEST_F(PoseBookTest, NoMoreIsSavedThanTheNextStartReads) {
  const auto book = Open();
  NamedPose large{.group = "arm", .name = "one", .joints_rad = {}};
  for (int i = 0; i < 50'000; ++i) large.joints_rad["joint_" + std::to_string(i)] = 0.5;
  ASSERT_TRUE(book->Save(large).ok());
  large.name = "two";
  const Problem problem = ProblemOf(book->Save(large));
  EXPECT_EQ(problem.reason, "NOT_SAVED");
  EXPECT_NE(problem.fix.find("Delete"), std::string::npos);
  EXPECT_EQ(Open()->List().size(), 2U) << "with the configured one";
}

TEST_F(PoseBookTest, WhatCannotBeSavedIsNotKeptInMemoryEither) {
  std::ofstream(folder_ / "state") << "a file where the folder should be";
  const auto book = Open();
  EXPECT_EQ(ProblemOf(book->Save({.group = "arm", .name = "up", .joints_rad = {}})).reason,
            "NOT_SAVED");
  EXPECT_EQ(book->List().size(), 1U);
}

}  // namespace
}  // namespace soarm
