#include "server/control/trajectory.h"

#include <cmath>

#include <gtest/gtest.h>

#include "server/control/schedule.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

std::array<TargetLimits, kMaxJoints> SameLimits() {
  std::array<TargetLimits, kMaxJoints> limits{};
  for (TargetLimits& each : limits) {
    each = {.lower_rad = -3,
            .upper_rad = 3,
            .velocity_rad_s = 3,
            .acceleration_rad_s2 = 30,
            .braking_rad_s2 = 30,
            .lead_max_rad = 0.5};
  }
  return limits;
}

MoveGoal GoalOf(double first, double second, double scale, double duration_s = 0) {
  MoveGoal goal;
  goal.joints = MaskOf(0) | MaskOf(1);
  goal.target_rad[0] = first;
  goal.target_rad[1] = second;
  goal.speed_scale = scale;
  goal.min_duration_s = duration_s;
  return goal;
}

TEST(TrajectoryTest, AllJointsArriveTogetherAndOthersStay) {
  Trajectory plan;
  std::array<double, kMaxJoints> start{};
  start[2] = 0.7;
  plan.Plan(GoalOf(2.0, -0.2, 1.0), start, SameLimits());
  const double almost = plan.duration_s() * 0.999;
  EXPECT_GT(std::abs(2.0 - plan.At(0, almost)), 1e-9);
  EXPECT_GT(std::abs(-0.2 - plan.At(1, almost)), 1e-9);
  EXPECT_EQ(plan.At(0, plan.duration_s()), 2.0);
  EXPECT_EQ(plan.At(1, plan.duration_s()), -0.2);
  EXPECT_EQ(plan.At(2, almost), 0.7);
  EXPECT_NEAR(plan.At(0, plan.duration_s() / 2), 1.0, 1e-9);
  EXPECT_NEAR(plan.At(1, plan.duration_s() / 2), -0.1, 1e-9);
}

TEST(TrajectoryTest, StaysWithinScaledVelocityAndAcceleration) {
  for (const double distance : {0.001, 0.05, 0.4, 2.5}) {
    Trajectory plan;
    plan.Plan(GoalOf(distance, 0, 0.5), {}, SameLimits());
    constexpr double kStep_s = 0.001;
    double before = 0;
    double speed_before = 0;
    for (double t = kStep_s; t < plan.duration_s() + 0.01; t += kStep_s) {
      const double speed = (plan.At(0, t) - before) / kStep_s;
      ASSERT_LE(speed, 1.5 + 1e-6);
      ASSERT_LE(std::abs(speed - speed_before), 30 * kStep_s + 1e-6);
      before = plan.At(0, t);
      speed_before = speed;
    }
  }
}

TEST(TrajectoryTest, AMinimumDurationStretchesAndNeverHurries) {
  Trajectory plan;
  plan.Plan(GoalOf(1.0, 0, 1.0, 4.0), {}, SameLimits());
  EXPECT_EQ(plan.duration_s(), 4.0);
  plan.Plan(GoalOf(1.0, 0, 1.0, 0.01), {}, SameLimits());
  EXPECT_GT(plan.duration_s(), 1.0 / 3.0);
}

TEST(TrajectoryTest, NothingToDoTakesNoTime) {
  Trajectory plan;
  plan.Plan(GoalOf(0, 0, 1.0), {}, SameLimits());
  EXPECT_EQ(plan.duration_s(), 0);
  EXPECT_EQ(plan.At(0, 1.0), 0);
}

TEST(ScheduleTest, OverrunsSkipWholePeriodsKeepThePhaseAndAreCounted) {
  const MonoTime start = FromNanos(1'000'000'000);
  Schedule schedule(start, 5ms);
  schedule.Advance(start + 1ms);
  EXPECT_EQ(schedule.due(), start + 5ms);
  schedule.Advance(start + 13ms);  // tick 2 is 3 ms late: it runs, late
  EXPECT_EQ(schedule.tick(), 2u);
  EXPECT_EQ(schedule.due(), start + 10ms);
  EXPECT_EQ(schedule.missed(), 0u);
  schedule.Advance(start + 31ms);  // ticks 3, 4 and 5 went by
  EXPECT_EQ(schedule.due(), start + 30ms);
  EXPECT_EQ(schedule.tick(), 6u);
  EXPECT_EQ(schedule.missed(), 3u);
}

TEST(ScheduleTest, AnExcusedOverrunSkipsPeriodsWithoutCountingThem) {
  Schedule schedule(FromNanos(0), 5ms);
  schedule.Advance(FromNanos(0) + 31ms, true);
  EXPECT_EQ(schedule.tick(), 6u);
  EXPECT_EQ(schedule.missed(), 0u);
}

TEST(ScheduleTest, WithoutAPeriodTheNextTickIsDueAtOnce) {
  Schedule schedule(FromNanos(100), Nanos::zero());
  schedule.Advance(FromNanos(777));
  EXPECT_EQ(schedule.due(), FromNanos(777));
  EXPECT_EQ(schedule.tick(), 1u);
}

}  // namespace
}  // namespace soarm::control
