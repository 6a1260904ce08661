#include "server/service/motion/beat_log.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

TEST(BeatLogTest, KnowsWhenBeatsWereSentAndNoneOfTheFuture) {
  BeatLog beats;
  EXPECT_EQ(beats.SentAt(0), std::nullopt);
  EXPECT_EQ(beats.SentAt(1), std::nullopt);
  for (int i = 1; i <= 200; ++i) beats.Add(FromNanos(i * 10));
  EXPECT_EQ(beats.SentAt(200), FromNanos(2000));
  EXPECT_EQ(beats.SentAt(137), FromNanos(1370));
  EXPECT_EQ(beats.SentAt(1), FromNanos(1370));  // the oldest remembered
  EXPECT_EQ(beats.SentAt(201), std::nullopt);
}

}  // namespace
}  // namespace soarm
