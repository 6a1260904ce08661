#include "server/service/motion/verdict_queue.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

v1::Verdict Plain(std::uint64_t seq, v1::VerdictKind kind) {
  v1::Verdict verdict;
  verdict.set_first_seq(seq);
  verdict.set_last_seq(seq);
  verdict.set_kind(kind);
  return verdict;
}

TEST(VerdictQueueTest, JoinsNeighboursThatSayTheSame) {
  VerdictQueue queue;
  for (std::uint64_t seq = 1; seq <= 1000; ++seq) queue.Push(Plain(seq, v1::APPLIED));
  queue.Push(Plain(1001, v1::SUPERSEDED));
  const auto verdict = queue.Pop();
  EXPECT_EQ(verdict->first_seq(), 1);
  EXPECT_EQ(verdict->last_seq(), 1000);
  EXPECT_EQ(queue.Pop()->kind(), v1::SUPERSEDED);
  EXPECT_FALSE(queue.Pop().has_value());
}

TEST(VerdictQueueTest, DropsTheOldestAndCountsThem) {
  VerdictQueue queue;
  for (std::uint64_t seq = 1; seq <= 300; ++seq) {
    queue.Push(Plain(seq, seq % 2 == 0 ? v1::APPLIED : v1::SUPERSEDED));
  }
  const auto verdict = queue.Pop();
  EXPECT_EQ(verdict->first_seq(), 45);
  EXPECT_EQ(verdict->lost(), 44);
  EXPECT_EQ(queue.Pop()->lost(), 0);
}

}  // namespace
}  // namespace soarm
