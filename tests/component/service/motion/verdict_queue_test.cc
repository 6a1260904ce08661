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

v1::Verdict Refused(std::uint64_t seq, const char* reason) {
  v1::Verdict verdict = Plain(seq, v1::REJECTED);
  verdict.mutable_error()->set_reason(reason);
  return verdict;
}

TEST(VerdictQueueTest, JoinsNeighboursThatAreRefusedForOneReason) {
  VerdictQueue queue;
  for (std::uint64_t seq = 1; seq <= 1000; ++seq) queue.Push(Refused(seq, "BODY_MISSING"));
  for (int i = 0; i < 1000; ++i) queue.Push(Refused(1000, "SEQUENCE_NOT_RISING"));
  queue.Push(Refused(1002, "SEQUENCE_NOT_RISING"));
  const auto verdict = queue.Pop();
  EXPECT_EQ(verdict->first_seq(), 1);
  EXPECT_EQ(verdict->last_seq(), 1000);
  EXPECT_EQ(verdict->error().reason(), "BODY_MISSING");
  EXPECT_EQ(queue.Pop()->last_seq(), 1000);
  EXPECT_EQ(queue.Pop()->first_seq(), 1002) << "of 1001 it says nothing";
  EXPECT_FALSE(queue.Pop().has_value());
}

TEST(VerdictQueueTest, WaitsForMoreWhereNoTickHasDecidedAndThereIsRoom) {
  VerdictQueue queue;
  queue.Push(Refused(1, "BODY_MISSING"));
  EXPECT_TRUE(queue.can_grow());
  v1::Verdict of_tick = Plain(2, v1::APPLIED);
  of_tick.set_tick(7);
  queue.Push(of_tick);
  EXPECT_FALSE(queue.can_grow());
  queue.Pop();
  EXPECT_FALSE(queue.can_grow());
  queue.Pop();
  for (std::uint64_t seq = 3; queue.can_grow(); seq += 2) queue.Push(Refused(seq, "BODY_MISSING"));
  EXPECT_EQ(queue.Pop()->lost(), 0) << "it says so before any is";
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
