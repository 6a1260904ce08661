#include "common/time/allowance.h"

#include <chrono>

#include <gtest/gtest.h>

namespace soarm {
namespace {

constexpr MonoTime kFirst = FromNanos(1'000'000'000'000);

int TakeAll(Allowance& allowance, MonoTime now) {
  int taken = 0;
  while (allowance.Take(now)) ++taken;
  return taken;
}

TEST(AllowanceTest, IsSomeAtOnceAndFewASecond) {
  Allowance allowance(256, 50, kFirst);
  EXPECT_TRUE(allowance.IsFull(kFirst));
  EXPECT_EQ(TakeAll(allowance, kFirst), 256);
  EXPECT_EQ(TakeAll(allowance, kFirst + std::chrono::seconds(1)), 50);
  EXPECT_FALSE(allowance.IsFull(kFirst + std::chrono::seconds(6)));
  EXPECT_EQ(TakeAll(allowance, kFirst + std::chrono::hours(1)), 256);
}

TEST(AllowanceTest, WhatIsUsedTooMuchIsMissingLater) {
  Allowance allowance(10, 1, kFirst);
  allowance.Use(15, kFirst);
  EXPECT_FALSE(allowance.IsLeft(kFirst + std::chrono::seconds(5)));
  EXPECT_TRUE(allowance.IsLeft(kFirst + std::chrono::seconds(6)));
}

}  // namespace
}  // namespace soarm
