#include "common/sync/snapshot.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "common/sync/mailbox.h"
#include "common/sync/ring.h"

namespace soarm {
namespace {

struct Pair {
  std::uint64_t a[9];
  std::uint64_t b;
};

TEST(SnapshotTest, ReaderNeverSeesHalfAStore) {
  Snapshot<Pair> snapshot;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    Pair value{};
    for (std::uint64_t i = 1; i <= 20000; ++i) {
      for (std::uint64_t& word : value.a) word = i;
      value.b = i;
      snapshot.Store(value);
    }
    done = true;
  });
  std::uint64_t last = 0;
  while (!done) {
    const Pair value = snapshot.Load();
    for (const std::uint64_t word : value.a) ASSERT_EQ(word, value.b);
    ASSERT_GE(value.b, last);
    last = value.b;
  }
  writer.join();
  EXPECT_EQ(snapshot.version(), 20000u);
}

TEST(MailboxTest, TakesTheNewestOnceOnly) {
  Mailbox<int> mailbox;
  EXPECT_FALSE(mailbox.Take());
  mailbox.Post(1);
  mailbox.Post(2);
  EXPECT_EQ(mailbox.Take(), 2);
  EXPECT_FALSE(mailbox.Take());
}

TEST(RingTest, DropsTheNewestWhenFullAndCountsIt) {
  Ring<int, 4> ring;
  for (int i = 0; i < 6; ++i) EXPECT_EQ(ring.Push(i), i < 4);
  EXPECT_EQ(ring.lost(), 2u);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ring.Pop(), i);
  EXPECT_FALSE(ring.Pop());
}

}  // namespace
}  // namespace soarm
