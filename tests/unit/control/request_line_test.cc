#include "server/control/request_line.h"

#include <vector>

#include <gtest/gtest.h>

namespace soarm::control {
namespace {

Request Asking(RequestKind kind, std::uint64_t number) {
  Request request;
  request.kind = kind;
  request.move = number;
  return request;
}

// Lets the cycle take and answer all it finds; the numbers of what it found, in its order.
std::vector<std::uint64_t> Serve(OperationQueue& queue) {
  std::vector<std::uint64_t> found;
  while (const auto slot = queue.Take()) {
    found.push_back(queue.request(*slot).move);
    queue.Finish(*slot, {});
  }
  return found;
}

TEST(RequestLineTest, KeepsTheOrderBeyondTheSlotsOfTheQueue) {
  OperationQueue queue;
  RequestLine line(queue);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(line.Post(i, Asking(RequestKind::kStartMove, i)));
  }
  std::vector<std::uint64_t> order;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    for (const std::uint64_t number : Serve(queue)) order.push_back(number);
    EXPECT_TRUE(line.Poll(i)) << i;
    line.Advance();
  }
  ASSERT_EQ(order.size(), 20u);
  for (std::uint64_t i = 1; i <= 20; ++i) EXPECT_EQ(order[i - 1], i);
}

TEST(RequestLineTest, WhatIsIgnoredIsDoneAndFreesItsSlot) {
  OperationQueue queue;
  RequestLine line(queue);
  for (std::uint64_t i = 1; i <= 40; ++i) {
    ASSERT_TRUE(line.Post(i, Asking(RequestKind::kRelease, i)));
    line.Ignore(i);
  }
  std::size_t served = 0;
  for (int i = 0; i < 5; ++i) {
    served += Serve(queue).size();
    line.Advance();
  }
  EXPECT_EQ(served, 40u);
  EXPECT_FALSE(line.Poll(1));
}

TEST(RequestLineTest, WhatIsAbandonedBeforeItsTurnIsNeverSeen) {
  OperationQueue queue;
  RequestLine line(queue);
  for (std::uint64_t i = 1; i <= 10; ++i) line.Post(i, Asking(RequestKind::kEnable, i));
  line.Abandon(2);   // has a slot
  line.Abandon(10);  // waits for one
  EXPECT_EQ(Serve(queue), (std::vector<std::uint64_t>{1, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(RequestLineTest, OnlyWhatEndsMotionIsTakenWhenTooMuchWaits) {
  OperationQueue queue;
  RequestLine line(queue);
  std::uint64_t id = 0;
  const auto post = [&](RequestKind kind) { return line.Post(++id, Asking(kind, 0)); };
  while (post(RequestKind::kEnable)) ASSERT_LT(id, 1000u);
  EXPECT_GE(id, RequestLine::kLongest);
  EXPECT_FALSE(post(RequestKind::kStartMove));
  EXPECT_FALSE(post(RequestKind::kClearFault));
  EXPECT_TRUE(post(RequestKind::kCancelMove));
  EXPECT_TRUE(post(RequestKind::kRelease));
}

}  // namespace
}  // namespace soarm::control
