#include "server/servo/bus/slack.h"

#include <array>

#include <gtest/gtest.h>

namespace soarm::servo {
namespace {

using Servos = std::array<ServoRecord, 2>;

TEST(RoomWaitTest, WaitsForRoomButNotForEver) {
  RoomWait wait(3);
  EXPECT_TRUE(wait.MayBegin(true));
  EXPECT_FALSE(wait.MayBegin(false));
  EXPECT_FALSE(wait.MayBegin(false));
  EXPECT_TRUE(wait.MayBegin(false));
  EXPECT_FALSE(wait.MayBegin(false)) << "it begins to wait anew";
  wait.Reset();
  EXPECT_FALSE(wait.MayBegin(false));
  EXPECT_FALSE(wait.MayBegin(false));
}

TEST(ProbingTest, CountsTheTicksOfEachServoOnce) {
  Servos servos;
  Probing probing;
  const MonoTime now{};
  servos[0].health.Quarantine(now);
  EXPECT_FALSE(probing.Next(servos, now));
  EXPECT_FALSE(probing.Next(servos, now));
  servos[1].health.Quarantine(now);
  EXPECT_FALSE(probing.Next(servos, now));
  EXPECT_FALSE(probing.Next(servos, now));
  EXPECT_EQ(probing.Next(servos, now), 0U);
  Probing::Take(servos, 0, {}, now);
  EXPECT_FALSE(probing.Next(servos, now));
  EXPECT_EQ(probing.Next(servos, now), 1U) << "its fifth tick, whoever else was due meanwhile";
}

TEST(ProbingTest, LooksForOneAtATimeInTurn) {
  Servos servos;
  Probing probing;
  const MonoTime now{};
  for (ServoRecord& servo : servos) servo.health.Quarantine(now);
  for (int i = 1; i < LinkHealth::kProbeTicks; ++i) EXPECT_FALSE(probing.Next(servos, now));
  EXPECT_EQ(probing.Next(servos, now), 0U);
  Probing::Take(servos, 0, {}, now);
  EXPECT_EQ(probing.Next(servos, now), 1U);
}

TEST(ProbingTest, WhatIsSwitchedOffSoonComesFirstAndMoreOften) {
  Servos servos;
  Probing probing;
  const MonoTime start = MonoTime{} + std::chrono::seconds(1);
  for (ServoRecord& servo : servos) servo.health.Quarantine(start);
  servos[1].rest_wanted_since = start;
  for (int i = 1; i < LinkHealth::kProbeTicks; ++i) EXPECT_FALSE(probing.Next(servos, start));
  EXPECT_EQ(probing.Next(servos, start), 1U);
  EXPECT_TRUE(probing.MayBegin(true, start));
  EXPECT_FALSE(probing.MayBegin(false, start + Probing::kUrgentEvery - Nanos(1)));
  EXPECT_EQ(probing.Next(servos, start), 1U);
  const MonoTime later = start + Probing::kUrgentEvery;
  EXPECT_TRUE(probing.MayBegin(false, later));

  const MonoTime off = start + Probing::kUrgentFor;
  EXPECT_EQ(probing.Next(servos, off), 0U) << "it has been told by now";
  EXPECT_FALSE(probing.MayBegin(false, later + Probing::kAtLeastEvery - Nanos(1)));
}

TEST(ProbingTest, WhereThereIsNoRoomItWaitsForItsTime) {
  Probing probing;
  const MonoTime start = MonoTime{} + std::chrono::seconds(1);
  EXPECT_TRUE(probing.MayBegin(true, start));
  EXPECT_FALSE(probing.MayBegin(false, start + Probing::kAtLeastEvery - Nanos(1)));
  EXPECT_TRUE(probing.MayBegin(false, start + Probing::kAtLeastEvery));
}

}  // namespace
}  // namespace soarm::servo
