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
    EXPECT_TRUE(first->is_held());
    const auto second = StateLock::Take(state);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(ProblemOf(second.status()).reason, "STATE_DIR_IN_USE");
    EXPECT_EQ(ProblemOf(second.status()).subject, state);
  }
  EXPECT_TRUE(StateLock::Take(state).ok());
}

TEST_F(StateLockTest, IsKeptByWhatItIsMovedTo) {
  auto taken = StateLock::Take(folder_);
  ASSERT_TRUE(taken.ok());
  StateLock kept;
  kept = *std::move(taken);
  EXPECT_FALSE(StateLock::Take(folder_).ok());
}

TEST_F(StateLockTest, RefusesNobodyWhereNothingCanBeKept) {
  std::ofstream(folder_ + "/file") << "in the way";
  EXPECT_TRUE(StateLock::Take(folder_ + "/file").ok());
  EXPECT_FALSE(StateLock::Take(folder_ + "/file")->is_held());
  EXPECT_TRUE(StateLock::Take(folder_ + "/file/state").ok());
}

}  // namespace
}  // namespace soarm
