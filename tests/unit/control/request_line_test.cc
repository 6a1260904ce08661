#include "server/control/request_line.h"

#include <vector>

#include <gtest/gtest.h>

namespace soarm::control {
namespace {

Request Asking(RequestKind kind, std::uint64_t number, std::uint8_t group = 0) {
  Request request;
  request.kind = kind;
  request.group = group;
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

// As for a bus that works: what it has found it keeps.
std::vector<std::uint64_t> Look(OperationQueue& queue) {
  std::vector<std::uint64_t> found;
  while (const auto slot = queue.Take()) found.push_back(queue.request(*slot).move);
  return found;
}

TEST(RequestLineTest, ACancelIsSeenInTheNextTickHoweverMuchWaitsForTheBus) {
  OperationQueue queue;
  RequestLine line(queue);
  std::uint64_t id = 0;
  for (std::uint8_t group = 0; group < kMaxGroups; ++group) {
    for (std::size_t i = 0; i < RequestLine::kLongest; ++i) {
      line.Post(++id, Asking(RequestKind::kEnable, 1, group));
    }
  }
  Look(queue);
  ASSERT_TRUE(line.Post(++id, Asking(RequestKind::kCancelMove, 17)));
  EXPECT_EQ(Look(queue), std::vector<std::uint64_t>{17});
}

TEST(RequestLineTest, ACancelNeverOvertakesTheStartOfItsMove) {
  OperationQueue queue;
  RequestLine line(queue);
  line.Post(1, Asking(RequestKind::kRelease, 1));
  line.Post(2, Asking(RequestKind::kStartMove, 2));
  line.Post(3, Asking(RequestKind::kCancelMove, 2));
  EXPECT_EQ(Serve(queue), std::vector<std::uint64_t>{1});
  EXPECT_TRUE(line.Poll(1));
  line.Advance();
  EXPECT_EQ(Serve(queue), (std::vector<std::uint64_t>{2, 2}));
}

TEST(RequestLineTest, GroupsTakeTurns) {
  OperationQueue queue;
  RequestLine line(queue);
  std::uint64_t id = 0;
  while (line.Post(++id, Asking(RequestKind::kEnable, 1, 1))) ASSERT_LT(id, 1000u);
  Look(queue);
  ASSERT_TRUE(line.Post(++id, Asking(RequestKind::kStartMove, 999, 0)))
      << "its own group has not asked for much";
  EXPECT_EQ(Look(queue), std::vector<std::uint64_t>{999});
}

TEST(RequestLineTest, WhatIsGivenUpKeepsItsGroupsTurnUntilTheCycleLetsGo) {
  OperationQueue queue;
  RequestLine line(queue);
  line.Post(1, Asking(RequestKind::kEnable, 1));
  const auto slot = queue.Take();
  ASSERT_TRUE(slot);
  EXPECT_TRUE(line.Abandon(1)) << "it was begun";
  line.Post(2, Asking(RequestKind::kRelease, 2));
  EXPECT_FALSE(line.Abandon(12345));
  EXPECT_TRUE(Look(queue).empty());
  queue.Finish(*slot, {});
  line.Advance();
  EXPECT_EQ(Look(queue), std::vector<std::uint64_t>{2});
}

TEST(RequestLineTest, WhatIsIgnoredIsDoneAndFreesItsSlot) {
  OperationQueue queue;
  RequestLine line(queue);
  for (std::uint64_t i = 1; i <= 40; ++i) {
    ASSERT_TRUE(line.Post(i, Asking(RequestKind::kRelease, i)));
    line.Ignore(i);
  }
  std::size_t served = 0;
  for (int i = 0; i < 40; ++i) {
    served += Serve(queue).size();
    line.Advance();
  }
  EXPECT_EQ(served, 40u);
  EXPECT_FALSE(line.Poll(1));
}

TEST(RequestLineTest, WhatIsAbandonedBeforeItsTurnIsNeverSeen) {
  OperationQueue queue;
  RequestLine line(queue);
  for (std::uint64_t i = 1; i <= 4; ++i) line.Post(i, Asking(RequestKind::kEnable, i));
  EXPECT_FALSE(line.Abandon(1)) << "has a slot";
  EXPECT_FALSE(line.Abandon(3)) << "waits for one";
  std::vector<std::uint64_t> order;
  for (const std::uint64_t id : {2, 4}) {
    for (const std::uint64_t number : Serve(queue)) order.push_back(number);
    EXPECT_TRUE(line.Poll(id));
    line.Advance();
  }
  EXPECT_EQ(order, (std::vector<std::uint64_t>{2, 4}));
}

TEST(RequestLineTest, ATorqueOffEndsWhatWasAskedOfItsGroupBefore) {
  OperationQueue queue;
  RequestLine line(queue);
  line.Post(1, Asking(RequestKind::kEnable, 1));
  line.Post(2, Asking(RequestKind::kStartMove, 2));
  line.Post(3, Asking(RequestKind::kClearFault, 3));
  line.Post(4, Asking(RequestKind::kEnable, 4, 1));
  line.Post(5, Asking(RequestKind::kRelease, 5));
  for (const std::uint64_t ended : {1, 2, 3}) {
    const std::optional<Reply> reply = line.Poll(ended);
    ASSERT_TRUE(reply) << ended;
    EXPECT_EQ(reply->outcome, Outcome::kOvertaken);
    EXPECT_FALSE(line.Poll(ended)) << "a reply comes once";
  }
  EXPECT_EQ(Serve(queue), (std::vector<std::uint64_t>{4, 5})) << "another group's is not ended";
  EXPECT_EQ(line.Poll(5)->outcome, Outcome::kDone);
}

TEST(RequestLineTest, ATorqueOffTakesBackTheEnableOnWhichTheCycleWorks) {
  OperationQueue queue;
  RequestLine line(queue);
  line.Post(1, Asking(RequestKind::kEnable, 1));
  const auto slot = queue.Take();
  ASSERT_TRUE(slot);
  line.Post(2, Asking(RequestKind::kRelease, 2));
  EXPECT_TRUE(queue.IsAbandoned(*slot));
  EXPECT_EQ(line.Poll(1)->outcome, Outcome::kOvertaken);
  EXPECT_TRUE(Look(queue).empty()) << "what it has energised is released first";
  queue.Finish(*slot, {});
  line.Advance();
  EXPECT_EQ(Look(queue), std::vector<std::uint64_t>{2});
}

TEST(RequestLineTest, ATorqueOffLeavesAMoveThatATickHasBegunToThatTicksAnswer) {
  OperationQueue queue;
  RequestLine line(queue);
  line.Post(1, Asking(RequestKind::kStartMove, 1));
  const auto slot = queue.Take();
  ASSERT_TRUE(slot);
  line.Post(2, Asking(RequestKind::kRelease, 2));
  EXPECT_FALSE(queue.IsAbandoned(*slot));
  queue.Finish(*slot, {});
  EXPECT_EQ(line.Poll(1)->outcome, Outcome::kDone);
}

TEST(RequestLineTest, WhatATorqueOffEndedIsNeverBegunForWhoGivesItUp) {
  OperationQueue queue;
  RequestLine line(queue);
  line.Post(1, Asking(RequestKind::kStartMove, 1));
  line.Post(2, Asking(RequestKind::kRelease, 2));
  EXPECT_FALSE(line.Abandon(1));
  EXPECT_FALSE(line.Poll(1));
}

TEST(RequestLineTest, AllThatWaitForTheirTurnAreRefusedTogether) {
  OperationQueue queue;
  RequestLine line(queue);
  for (std::uint64_t i = 1; i <= 3; ++i) line.Post(i, Asking(RequestKind::kRelease, i));
  line.RefuseWaiting(Outcome::kNotOpen);
  EXPECT_EQ(line.Poll(2)->outcome, Outcome::kNotOpen);
  EXPECT_EQ(line.Poll(3)->outcome, Outcome::kNotOpen);
  EXPECT_EQ(Serve(queue), std::vector<std::uint64_t>{1});
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
