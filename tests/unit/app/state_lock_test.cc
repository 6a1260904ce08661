#include "server/app/state_lock.h"

#include <filesystem>
#include <fstream>
#include <optional>

#include <gtest/gtest.h>

#include "common/base/problem.h"

namespace soarm {
namespace {

class StateLockTest : public testing::Test {
 protected:
  StateLockTest() {
    char pattern[] = "/tmp/soarm-XXXXXX";
    if (::mkdtemp(pattern) != nullptr) folder_ = pattern;
  }
  ~StateLockTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(StateLockTest, RefusesASecondOneAndMakesWayWhenTheFirstIsGone) {
  const std::string state = folder_ + "/new/state";
  {
    const auto first = StateLock::Take(state);
    ASSERT_TRUE(first.ok()) << first.status();
    EXPECT_TRUE((*first)->is_held());
    const auto second = StateLock::Take(state);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(ProblemOf(second.status()).reason, "STATE_DIR_IN_USE");
    EXPECT_EQ(ProblemOf(second.status()).subject, state);
  }
  EXPECT_TRUE(StateLock::Take(state).ok());
}

TEST_F(StateLockTest, TakesAFolderAnewThatWasRemoved) {
  const std::string state = folder_ + "/state";
  const auto first = StateLock::Take(state);
  ASSERT_TRUE(first.ok()) << first.status();
  std::filesystem::remove_all(state);
  EXPECT_TRUE((*first)->Renew().ok());
  EXPECT_TRUE(std::filesystem::is_directory(state));
  EXPECT_EQ(ProblemOf(StateLock::Take(state).status()).reason, "STATE_DIR_IN_USE");
}

TEST_F(StateLockTest, LeavesAFolderThatWasMadeAnewToWhoeverHasTakenIt) {
  const std::string state = folder_ + "/state";
  const auto first = StateLock::Take(state);
  ASSERT_TRUE(first.ok()) << first.status();
  std::filesystem::remove_all(state);
  {
    const auto second = StateLock::Take(state);
    ASSERT_TRUE(second.ok()) << second.status();
    EXPECT_EQ(ProblemOf((*first)->Renew()).reason, "STATE_DIR_IN_USE");
    EXPECT_TRUE((*second)->Renew().ok());
  }
  EXPECT_TRUE((*first)->Renew().ok()) << "the other one is gone";
}

TEST_F(StateLockTest, RefusesNobodyWhereNothingCanBeKept) {
  std::ofstream(folder_ + "/file") << "in the way";
  EXPECT_TRUE(StateLock::Take(folder_ + "/file").ok());
  EXPECT_FALSE(StateLock::Take(folder_ + "/file")->get()->is_held());
  EXPECT_TRUE(StateLock::Take(folder_ + "/file/state").ok());
}

}  // namespace
}  // namespace soarm
