#include "server/control/operation_queue.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace soarm::control {
namespace {

// A reply that can be told from others.
Reply Numbered(std::uint64_t number) {
  Reply reply;
  reply.bus.fact.found = static_cast<std::int32_t>(number);
  return reply;
}

TEST(OperationQueueTest, EveryRequestOfManyCallersGetsItsOwnReply) {
  OperationQueue queue;
  std::atomic<bool> done{false};
  std::thread cycle([&] {
    while (!done) {
      if (const auto slot = queue.Take()) {
        queue.Finish(*slot, Numbered(queue.request(*slot).move + 1));
      }
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (std::uint64_t caller = 0; caller < 12; ++caller) {  // more than there are slots
    callers.emplace_back([&, caller] {
      for (std::uint64_t i = 0; i < 100; ++i) {
        Request request;
        request.move = caller * 1000 + i;
        std::optional<std::size_t> slot;
        while (!(slot = queue.Post(request))) std::this_thread::yield();
        std::optional<Reply> reply;
        while (!(reply = queue.Poll(*slot))) std::this_thread::yield();
        if (reply->bus.fact.found != static_cast<std::int32_t>(request.move) + 1) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  done = true;
  cycle.join();
  EXPECT_EQ(wrong, 0);
}

TEST(OperationQueueTest, TakesRequestsInTheirOrder) {
  OperationQueue queue;
  Request request;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    request.move = i;
    queue.Post(request);
  }
  for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(queue.request(*queue.Take()).move, i);
  EXPECT_FALSE(queue.Take());
}

TEST(OperationQueueTest, WhatNobodyWaitsForIsDroppedUnlessBegun) {
  OperationQueue queue;
  EXPECT_EQ(queue.Abandon(*queue.Post({})), OperationQueue::Abandoned::kUnseen);
  EXPECT_FALSE(queue.Take());
  const auto slot = queue.Post({});
  ASSERT_EQ(queue.Take(), slot);
  EXPECT_EQ(queue.Abandon(*slot), OperationQueue::Abandoned::kTaken);
  EXPECT_TRUE(queue.IsAbandoned(*slot));
  queue.Finish(*slot, {});
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(queue.Post({}));  // all slots are free again
  EXPECT_FALSE(queue.Post({}));
}

TEST(OperationQueueTest, AReplyThatCameFirstIsNotAbandoned) {
  OperationQueue queue;
  const auto slot = queue.Post({});
  queue.Take();
  queue.Finish(*slot, Numbered(4));
  EXPECT_EQ(queue.Abandon(*slot), OperationQueue::Abandoned::kReplied);
  EXPECT_EQ(queue.Poll(*slot)->bus.fact.found, 4);
  EXPECT_FALSE(queue.Poll(*slot));
}

}  // namespace
}  // namespace soarm::control
