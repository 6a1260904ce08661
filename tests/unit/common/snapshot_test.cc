#include "common/sync/snapshot.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <thread>
#include <vector>

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
  EXPECT_FALSE(mailbox.Post(1));
  EXPECT_EQ(mailbox.Post(2), 1);
  EXPECT_EQ(mailbox.Take(), 2);
  EXPECT_FALSE(mailbox.Take());
  EXPECT_FALSE(mailbox.Post(3));
}

TEST(MailboxTest, OfEachValueExactlyOneSideHearsWhateverTheThreadsDo) {
  constexpr std::uint64_t kWriters = 3;
  constexpr std::uint64_t kEach = 20000;
  Mailbox<Pair> mailbox;
  std::vector<std::vector<std::uint64_t>> displaced(kWriters);
  std::vector<std::uint64_t> taken;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    const auto look = [&] {
      if (const auto value = mailbox.Take()) {
        for (const std::uint64_t word : value->a) ASSERT_EQ(word, value->b);
        taken.push_back(value->b);
      }
    };
    while (!done) look();
    look();
  });
  std::vector<std::thread> writers;
  for (std::uint64_t w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        Pair value{};
        for (std::uint64_t& word : value.a) word = w * kEach + i;
        value.b = w * kEach + i;
        if (const auto old = mailbox.Post(value)) displaced[w].push_back(old->b);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  reader.join();
  std::vector<int> heard(kWriters * kEach, 0);
  for (const std::uint64_t value : taken) ++heard[value];
  for (const auto& list : displaced) {
    for (const std::uint64_t value : list) ++heard[value];
  }
  EXPECT_EQ(std::count(heard.begin(), heard.end(), 1), std::ssize(heard));
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
