#include "server/config/stop_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "common/base/problem.h"

namespace soarm {
namespace {

class StopFileTest : public testing::Test {
 protected:
  StopFileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~StopFileTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return (folder_ / "state" / "stops.toml").string(); }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(path()).rdbuf();
    return text.str();
  }
  void Write(const std::string& text) const { std::ofstream(path()) << text; }

  std::filesystem::path folder_;
};

KeptStops TwoStops() {
  KeptStops kept;
  kept.last_id = 9;
  kept.stops.push_back({.id = 4,
                        .level = StopLevel::kRelease,
                        .groups = {"arm", "base"},
                        .source = "rpc unix:/run/x",
                        .reason = "say \"when\" \\ caf\xc3\xa9",
                        .at = FromNanos(123456)});
  kept.stops.push_back({.id = 9,
                        .level = StopLevel::kSoftHold,
                        .groups = {},
                        .source = "stop socket",
                        .reason = "",
                        .at = {}});
  return kept;
}

TEST_F(StopFileTest, WhatWasSavedIsThereAfterARestart) {
  ASSERT_TRUE(StopFile(path()).Save(TwoStops()).ok());
  const auto kept = StopFile(path()).Load();
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->last_id, 9u);
  EXPECT_FALSE(kept->is_new);
  ASSERT_EQ(kept->stops.size(), 2u);
  const KeptStop& first = kept->stops[0];
  EXPECT_EQ(first.id, 4u);
  EXPECT_EQ(first.level, StopLevel::kRelease);
  EXPECT_EQ(first.groups, (std::vector<std::string>{"arm", "base"}));
  EXPECT_EQ(first.source, "rpc unix:/run/x");
  EXPECT_EQ(first.reason, TwoStops().stops[0].reason);
  // The wall clock may have been set between the two.
  EXPECT_LT(std::abs(ToNanos(first.at) - 123456), 1'000'000'000);
  EXPECT_TRUE(kept->stops[1].groups.empty());
}

TEST_F(StopFileTest, WithoutAFileNothingStands) {
  const auto kept = StopFile(path()).Load();
  ASSERT_TRUE(kept.ok());
  EXPECT_TRUE(kept->stops.empty());
  EXPECT_EQ(kept->last_id, 0u);
  EXPECT_TRUE(kept->is_new);
}

// A file that is too large is HOLD for everything at the next start.
TEST_F(StopFileTest, HoweverManyStopsAreKeptNoLevelAndNoGroupIsLost) {
  KeptStops many;
  for (std::uint64_t id = 1; id <= 2000; ++id) {
    many.stops.push_back({.id = id,
                          .level = StopLevel::kRelease,
                          .groups = {"arm"},
                          .source = std::string(256, '"'),
                          .reason = std::string(256, '"'),
                          .at = {}});
  }
  many.last_id = 2000;
  ASSERT_TRUE(StopFile(path()).Save(many).ok());
  const auto kept = StopFile(path()).Load();
  ASSERT_TRUE(kept.ok()) << kept.status();
  ASSERT_EQ(kept->stops.size(), 2000u);
  EXPECT_EQ(kept->stops[1999].level, StopLevel::kRelease);
  EXPECT_EQ(kept->stops[1999].groups, std::vector<std::string>{"arm"});
  while (many.stops.size() < 20000) many.stops.push_back(many.stops.front());
  EXPECT_EQ(ProblemOf(StopFile(path()).Save(many)).reason, "NOT_SAVED");
  EXPECT_EQ(StopFile(path()).Load()->stops.size(), 2000u) << "what was there stays";
}

TEST_F(StopFileTest, AFileThatIsCutAnywhereIsNotUnderstood) {
  ASSERT_TRUE(StopFile(path()).Save(TwoStops()).ok());
  const std::string whole = Text();
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    Write(whole.substr(0, size));
    const auto kept = StopFile(path()).Load();
    // Only the digits of the last number can be missing unnoticed: it is when that stop began.
    if (kept.ok()) {
      EXPECT_EQ(kept->stops.size(), 2u) << size;
      continue;
    }
    EXPECT_EQ(ProblemOf(kept.status()).reason, "BAD_STATE_FILE");
  }
}

TEST_F(StopFileTest, WhatIsNotKnownIsNotUnderstood) {
  ASSERT_TRUE(StopFile(path()).Save(TwoStops()).ok());
  const std::string whole = Text();
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"RELEASE", "FREEZE"},
                                                        {"reason", "cause"},
                                                        {"count = 2", "count = 3"},
                                                        {"id = 4", "id = -4"},
                                                        {"id = 4", "id = 9223372036854775807"}}) {
    std::string text = whole;
    text.replace(text.find(from), from.size(), to);
    Write(text);
    EXPECT_FALSE(StopFile(path()).Load().ok()) << from;
  }
}

TEST_F(StopFileTest, AFolderInItsPlaceCannotBeRead) {
  std::filesystem::create_directories(path());
  EXPECT_EQ(ProblemOf(StopFile(path()).Load().status()).reason, "BAD_STATE_FILE");
}

TEST_F(StopFileTest, ALinkToADiskThatIsAwayCannotBeRead) {
  std::filesystem::create_directories(folder_ / "state");
  std::filesystem::create_symlink(folder_ / "away", path());
  EXPECT_EQ(ProblemOf(StopFile(path()).Load().status()).reason, "BAD_STATE_FILE");
}

TEST_F(StopFileTest, WhatIsNotUnderstoodIsPutAsideBeforeItIsReplaced) {
  std::filesystem::create_directories(folder_ / "state");
  Write("what the person knows who wrote this");
  StopFile file(path());
  ASSERT_FALSE(file.Load().ok());
  ASSERT_TRUE(file.Save(TwoStops()).ok());
  ASSERT_TRUE(file.Save(TwoStops()).ok());
  EXPECT_EQ(StopFile(path()).Load()->stops.size(), 2u);
  std::ostringstream aside;
  aside << std::ifstream(path() + ".unreadable").rdbuf();
  EXPECT_EQ(aside.str(), "what the person knows who wrote this");
}

TEST_F(StopFileTest, AFolderInItsPlaceIsPutAsideToo) {
  std::filesystem::create_directories(path() + "/full");
  StopFile file(path());
  ASSERT_FALSE(file.Load().ok());
  ASSERT_TRUE(file.Save(TwoStops()).ok());
  EXPECT_TRUE(StopFile(path()).Load().ok());
  EXPECT_TRUE(std::filesystem::is_directory(path() + ".unreadable/full"));
}

TEST_F(StopFileTest, WhatWasPutAsideAndNotReplacedStillHolds) {
  std::filesystem::create_directories(path() + ".unreadable");
  EXPECT_EQ(ProblemOf(StopFile(path()).Load().status()).reason, "BAD_STATE_FILE");
}

TEST_F(StopFileTest, WhatIsWithdrawnDoesNotComeBackAndItsIdsAreKnown) {
  StopFile file(path());
  ASSERT_TRUE(file.Save(TwoStops()).ok());
  ASSERT_TRUE(file.Withdraw(false).ok());
  const auto kept = StopFile(path()).Load();
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_TRUE(kept->stops.empty());
  EXPECT_EQ(kept->last_id, 9u);
  EXPECT_FALSE(kept->is_new);
  ASSERT_TRUE(file.Save(TwoStops()).ok());
  EXPECT_EQ(StopFile(path()).Load()->stops.size(), 2u);
  std::filesystem::remove(path());
  EXPECT_TRUE(StopFile(path()).Load()->is_new) << "nothing of it is left";
}

TEST_F(StopFileTest, WhatIsWithdrawnWhileOthersStandCannotBeReadUntilNoneStands) {
  StopFile file(path());
  ASSERT_TRUE(file.Save(TwoStops()).ok());
  ASSERT_TRUE(file.Withdraw(true).ok());
  StopFile next(path());
  EXPECT_EQ(ProblemOf(next.Load().status()).reason, "BAD_STATE_FILE");
  ASSERT_TRUE(next.Withdraw(false).ok());
  EXPECT_TRUE(StopFile(path()).Load()->stops.empty());
  ASSERT_TRUE(file.Save(TwoStops()).ok());
  EXPECT_EQ(StopFile(path()).Load()->stops.size(), 2u);
}

TEST_F(StopFileTest, WhatIsNotUnderstoodIsNotWithdrawn) {
  std::filesystem::create_directories(folder_ / "state");
  Write("what the person knows who wrote this");
  StopFile file(path());
  ASSERT_FALSE(file.Load().ok());
  EXPECT_FALSE(file.Withdraw(false).ok());
  EXPECT_FALSE(StopFile(path()).Load().ok());
}

TEST_F(StopFileTest, WhatIsAnothersIsLeftAsItIs) {
  ASSERT_TRUE(StopFile(path()).Save(TwoStops()).ok());
  StopFile file(path(), [] { return absl::FailedPreconditionError("in use"); });
  EXPECT_FALSE(file.Remains());
  EXPECT_EQ(file.Save({}).message(), "in use");
  EXPECT_EQ(file.Withdraw(false).message(), "in use");
  StopFile theirs(path());
  EXPECT_TRUE(theirs.Remains());
  EXPECT_EQ(theirs.Load()->stops.size(), 2u);
  std::filesystem::remove(path());
  EXPECT_FALSE(theirs.Remains());
}

TEST_F(StopFileTest, WhatHasNoEndOrNoBottomIsNotUnderstood) {
  std::filesystem::create_directories(folder_ / "state");
  std::filesystem::create_symlink("/dev/zero", path());
  EXPECT_EQ(ProblemOf(StopFile(path()).Load().status()).reason, "BAD_STATE_FILE");
  std::filesystem::remove(path());
  std::string deep = "[";
  for (int i = 0; i < 100'000; ++i) deep += "a.";
  Write(deep + "a]\n");
  EXPECT_EQ(ProblemOf(StopFile(path()).Load().status()).reason, "BAD_STATE_FILE");
}

}  // namespace
}  // namespace soarm
