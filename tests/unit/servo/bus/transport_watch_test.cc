#include "server/servo/bus/transport_watch.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace soarm::servo {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr TransportDelay::Bounds kBounds{microseconds(250), milliseconds(2)};

class TransportWatchTest : public testing::Test {
 protected:
  TransportWatchTest() {
    transport_.Measured(std::vector<Nanos>(50, microseconds(200)), kBounds);
    watch_.Restart(now_);
  }
  // Ticks in each of which an answer came just now; what was measured took `delay`. How many
  // measured.
  int Ticks(int count, bool late, Nanos delay) {
    int measured = 0;
    for (int i = 0; i < count; ++i) {
      now_ += milliseconds(5);
      watch_.Hear(late, true, now_);
      if (!watch_.IsDue(transport_.is_slow(), now_, true, now_)) continue;
      watch_.Take(delay, transport_, kBounds, now_);
      ++measured;
    }
    return measured;
  }

  MonoTime now_ = MonoTime{} + std::chrono::seconds(1);
  TransportDelay transport_;
  TransportWatch watch_;
};

TEST_F(TransportWatchTest, LooksOnlyAfterLateness) {
  EXPECT_EQ(Ticks(500, false, milliseconds(12)), 0);
  EXPECT_EQ(Ticks(1, true, milliseconds(12)), 1);
  EXPECT_EQ(Ticks(8, false, milliseconds(12)), 8);
  EXPECT_EQ(transport_.usual(), milliseconds(12));
  EXPECT_TRUE(transport_.lets_drive());
  EXPECT_GE(transport_.allowance(), milliseconds(18));
}

TEST_F(TransportWatchTest, BelievesMostAndNotOne) {
  for (int i = 0; i < 4; ++i) Ticks(1, true, milliseconds(30));
  Ticks(5, true, microseconds(300));
  EXPECT_FALSE(transport_.is_slow());
  EXPECT_LE(transport_.allowance(), kBounds.highest);
  EXPECT_FALSE(watch_.is_looking());
}

TEST_F(TransportWatchTest, LetsAWhileGoByAfterALookInVain) {
  EXPECT_EQ(Ticks(9, true, microseconds(300)), 9);
  const int pause = static_cast<int>(TransportWatch::kCalmFor / milliseconds(5));
  EXPECT_EQ(Ticks(pause - 1, true, microseconds(300)), 0);
  EXPECT_EQ(Ticks(9, true, microseconds(300)), 9);
}

TEST_F(TransportWatchTest, GoesByTheNewestWhileItIsSlowAndEndsThat) {
  Ticks(9, true, milliseconds(8));
  ASSERT_TRUE(transport_.is_slow());
  EXPECT_EQ(Ticks(1000, false, milliseconds(4)), 20) << "four a second";
  EXPECT_EQ(transport_.usual(), milliseconds(4));
  Ticks(1000, false, microseconds(200));
  EXPECT_FALSE(transport_.is_slow());
  EXPECT_LE(transport_.allowance(), kBounds.highest);
  EXPECT_EQ(Ticks(1000, false, microseconds(200)), 0);
}

TEST_F(TransportWatchTest, MeasuresOnlyRightAfterAnAnswer) {
  watch_.Hear(true, true, now_);
  ASSERT_TRUE(watch_.is_looking());
  EXPECT_FALSE(watch_.IsDue(false, now_ - milliseconds(2), true, now_));
  EXPECT_TRUE(watch_.IsDue(false, now_, true, now_));
}

TEST_F(TransportWatchTest, IsMorePatientWhereNobodyAnswersInTime) {
  EXPECT_EQ(watch_.Patience(milliseconds(5)), milliseconds(5));
  watch_.Hear(true, false, now_);
  EXPECT_EQ(watch_.Patience(milliseconds(5)), kSlowestToDrive);
  watch_.Hear(true, true, now_);
  EXPECT_EQ(watch_.Patience(milliseconds(5)), kSlowestToDrive);
  watch_.Hear(true, false, now_);
  EXPECT_EQ(watch_.Patience(milliseconds(5)), kLongestAllowance);
}

TEST_F(TransportWatchTest, IsMorePatientWhereWhoWasAskedAnswersTooLate) {
  watch_.Miss();  // before it looks
  watch_.Hear(true, true, now_);
  watch_.Hear(true, true, now_);
  EXPECT_EQ(watch_.patience(), kSlowestToDrive);
  watch_.Miss();
  watch_.Hear(false, true, now_);
  EXPECT_EQ(watch_.patience(), kSlowestToDrive) << "nothing came: it may be silent";
  watch_.Hear(true, true, now_);
  EXPECT_EQ(watch_.patience(), kLongestAllowance);
}

TEST_F(TransportWatchTest, DoesNotLookForEver) {
  watch_.Hear(true, true, now_);
  now_ += TransportWatch::kLookFor;
  watch_.Hear(false, false, now_);
  EXPECT_FALSE(watch_.is_looking());
  EXPECT_EQ(watch_.Patience(milliseconds(5)), milliseconds(5));
}

TEST_F(TransportWatchTest, DoesNotLookAtABusThatFellSilent) {
  watch_.Hear(true, true, now_);
  watch_.Hear(false, false, now_);
  watch_.Hear(false, false, now_);
  EXPECT_TRUE(watch_.is_looking());
  watch_.Hear(false, false, now_);
  EXPECT_FALSE(watch_.is_looking());
}

TEST_F(TransportWatchTest, AsksInTurnWhoIsNotPutAside) {
  std::array<ServoRecord, 3> servos;
  servos[1].health.Quarantine(now_);
  EXPECT_EQ(watch_.Next(servos), 0U);
  EXPECT_EQ(watch_.Next(servos), 2U);
  EXPECT_EQ(watch_.Next(servos), 0U);
  for (ServoRecord& servo : servos) servo.health.Quarantine(now_);
  EXPECT_FALSE(watch_.Next(servos));
}

TEST(TransportDelayTest, WhatIsMeasuredIsKeptWithinItsBounds) {
  TransportDelay transport;
  transport.Measured(std::vector<Nanos>(9, Nanos(0)), kBounds);
  EXPECT_EQ(transport.allowance(), kBounds.lowest);
  transport.Measured(std::vector<Nanos>(9, microseconds(2400)), kBounds);
  EXPECT_EQ(transport.allowance(), kBounds.highest);
  EXPECT_FALSE(transport.is_slow());
  transport.Measured(std::vector<Nanos>(9, milliseconds(30)), kBounds);
  EXPECT_TRUE(transport.is_slow());
  EXPECT_FALSE(transport.lets_drive());
  EXPECT_EQ(transport.allowance(), milliseconds(45) + microseconds(100));
}

TEST(TransportDelayTest, WidensByStepsAndCreepsBack) {
  TransportDelay transport;
  transport.Measured({}, kBounds);
  for (int i = 0; i < 20; ++i) transport.Widen();
  EXPECT_EQ(transport.allowance(), kBounds.highest);
  transport.Relax();
  EXPECT_LT(transport.allowance(), kBounds.highest);
  for (int i = 0; i < 20'000; ++i) transport.Relax();
  EXPECT_EQ(transport.allowance(), kBounds.lowest);
}

}  // namespace
}  // namespace soarm::servo
