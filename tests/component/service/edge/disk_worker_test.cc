#include "server/service/edge/disk_worker.h"

#include <latch>
#include <vector>

#include <gtest/gtest.h>

namespace soarm {
namespace {

TEST(DiskWorkerTest, TakesNoMoreWhereTheDiskHangsAndDoesAllThatItTook) {
  constexpr int kMost = DiskWorker::kMostWaiting;
  std::vector<int> done;
  std::latch began(1);
  std::latch hangs(1);
  {
    DiskWorker worker;
    ASSERT_TRUE(worker
                    .Post([&] {
                      began.count_down();
                      hangs.wait();
                    })
                    .ok());
    began.wait();
    for (int i = 0; i < kMost; ++i)
      EXPECT_TRUE(worker.Post([&done, i] { done.push_back(i); }).ok());
    EXPECT_FALSE(worker.Post([&done] { done.push_back(-1); }).ok());
    hangs.count_down();
  }
  ASSERT_EQ(done.size(), DiskWorker::kMostWaiting);
  for (int i = 0; i < kMost; ++i) EXPECT_EQ(done[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace soarm
