#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include <gmock/gmock.h>

#include "common/base/problem.h"
#include "tests/system/fault_rig.h"

namespace soarm::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint32_t kElbow = 3;
constexpr char kElbowName[] = "elbow_flex";
constexpr char kElbowSubject[] = "arm/elbow_flex";
class WireFaultTest : public FaultTest {
 protected:
  // Every state there is, while `work` runs; what the elbow was told to be at is within 2 ticks of
  // the truth in each.
  void ExpectTruePositionsDuring(const std::function<void()>& work) {
    const int truth = TruthOfServo(kElbow).position_raw();
    std::atomic<int> frames{0};
    std::atomic<bool> ends{false};
    int worst = 0;
    absl::Status watched;
    std::jthread watcher([&] {
      v1::WatchStateRequest request;
      request.set_rate_hz(200);
      watched = daemon_->connection().Watch(
          client::kWatchState, request, [&](const v1::StateFrame& frame) {
            ++frames;
            for (const v1::JointState& joint : frame.groups(0).joints()) {
              if (joint.servo_id() != kElbow) continue;
              worst = std::max(worst, std::abs(joint.position_raw() - truth));
            }
            return !ends;
          });
    });
    work();
    ends = true;
    watcher.join();
    EXPECT_TRUE(watched.ok()) << watched;
    EXPECT_GT(frames, 0);
    EXPECT_LE(worst, kStill_ticks);
    EXPECT_LE(std::abs(TruthOfServo(kElbow).position_raw() - truth), kStill_ticks);
  }
};

TEST_F(WireFaultTest, AMutedServoIsNamedAndTheOthersStayFresh) {
  StartDaemon();
  ASSERT_TRUE(Energised());
  const auto before = ServosOf(world());
  Mute(kElbow, true);
  EXPECT_TRUE(Eventually(
      [&] { return ShowsFault(kElbow, "QUARANTINED") && ShowsFault(kElbow, "NO_REPLY"); }));
  EXPECT_TRUE(Eventually([&] { return HoldsForFault(kElbowName); }));
  EXPECT_TRUE(Eventually([&] { return OthersAreFresh(kElbow); }));
  EXPECT_THAT(FixOf(kElbowSubject, "QUARANTINED"), HasSubstr("cable"));
  EXPECT_EQ(ProblemOf(MoveTo("wrist_flex", 0.5)).reason, "FAULT");
  Mute(kElbow, false);
  EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  for (const auto& [id, servo] : ServosOf(world())) {
    EXPECT_TRUE(servo.torque_on()) << id;
    EXPECT_LE(std::abs(servo.position_raw() - before.at(id).position_raw()), kStill_ticks);
  }
  ExpectMoves("wrist_flex", 4, 0.5);
}

TEST_F(WireFaultTest, AMutedServoLeavesALimpArmLimp) {
  StartDaemon();
  Mute(kElbow, true);
  EXPECT_TRUE(Eventually([&] { return ShowsFault(kElbow, "QUARANTINED"); }));
  EXPECT_TRUE(Eventually([&] { return OthersAreFresh(kElbow); }));
  EXPECT_EQ(Arm().mode(), v1::LIMP);
  Mute(kElbow, false);
  EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  EXPECT_TRUE(Energised());
}

TEST_F(WireFaultTest, DamagedAnswersAreCountedAndNeverBelieved) {
  StartDaemon();
  ExpectTruePositionsDuring([&] {
    for (int i = 0; i < 30; ++i) {
      const std::uint64_t seen = Status().buses(0).answers_corrupt();
      sim::CorruptRequest one;
      one.set_servo(kElbow);
      one.set_count(1);
      EXPECT_TRUE(Eventually([&] {
        Do(kCorrupt, one);  // the last one may have been lost in a tick that this machine delayed
        return Status().buses(0).answers_corrupt() > seen;
      })) << i;
    }
  });
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
}

TEST_F(WireFaultTest, AServoWhoseEveryByteIsDamagedIsNamedUntilItIsNot) {
  StartDaemon();
  ASSERT_TRUE(Energised());
  ExpectTruePositionsDuring([&] {
    sim::CorruptRequest noise;
    noise.set_servo(kElbow);
    noise.set_byte_error_rate(1.0);
    Do(kCorrupt, noise);
    EXPECT_TRUE(Eventually([&] { return ShowsFault(kElbow, "CORRUPT_REPLY"); }));
    EXPECT_THAT(FixOf(kElbowSubject, "CORRUPT_REPLY"), HasSubstr("noise"));
    EXPECT_TRUE(Eventually([&] { return HoldsForFault(kElbowName); }));
    EXPECT_TRUE(Eventually([&] { return OthersAreFresh(kElbow); }));
    noise.set_byte_error_rate(0);
    Do(kCorrupt, noise);
    EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
    EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  });
  ExpectMoves(kElbowName, kElbow, 1.2);
}

TEST_F(WireFaultTest, AServoThatHearsNothingIsNamedAndStaysWhereItIs) {
  StartDaemon();
  ASSERT_TRUE(Energised());
  ExpectTruePositionsDuring([&] {
    sim::CorruptRequest noise;
    noise.set_servo(kElbow);
    noise.set_direction(sim::CorruptRequest::REQUESTS);
    noise.set_byte_error_rate(1.0);
    Do(kCorrupt, noise);
    EXPECT_TRUE(Eventually([&] { return ShowsFault(kElbow, "NO_REPLY"); }));
    EXPECT_TRUE(Eventually([&] { return HoldsForFault(kElbowName); }));
    EXPECT_TRUE(Eventually([&] { return OthersAreFresh(kElbow); }));
    EXPECT_TRUE(TruthOfServo(kElbow).torque_on());
    Do(kClearInjections, sim::ClearInjectionsRequest());
    EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
    EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  });
  ExpectMoves(kElbowName, kElbow, 1.2);
}

TEST_F(WireFaultTest, TruncatedAnswersAreCountedAndNeverBelieved) {
  StartDaemon();
  const auto incomplete = [&] {
    const v1::BusStatus bus = Status().buses(0);
    return bus.answers_missed() + bus.answers_corrupt();
  };
  ExpectTruePositionsDuring([&] {
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t seen = incomplete();
      sim::TruncateRequest one;
      one.set_servo(kElbow);
      one.set_count(1);
      EXPECT_TRUE(Eventually([&] {
        Do(kTruncate, one);
        return incomplete() > seen;
      })) << i;
    }
  });
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
}

// A servo whose answers come too late, whole: what it says of an earlier tick is not of this one.
TEST_F(WireFaultTest, LateAnswersAreNeverTakenForNewOnes) {
  StartDaemon();
  constexpr int kPlaces[] = {2200, 2500};
  for (const int late_ms : {2, 7, 12, 40}) {
    sim::DelayRequest delay;
    delay.set_servo(kElbow);
    delay.mutable_by()->set_nanos(late_ms * 1'000'000);
    Do(kDelay, delay);
    for (int i = 0; i < 6; ++i) {
      const int place = kPlaces[i % 2];
      sim::SetJointRequest move;
      move.set_servo(kElbow);
      move.set_position_raw(place);
      Do(kSetJoint, move);
      ASSERT_TRUE(Eventually(
          [&] { return std::abs(TruthOfServo(kElbow).position_raw() - place) <= kStill_ticks; }));
      const std::int64_t moved_ns = TruthOf(world()).time_ns();
      // For long enough that an answer from before would have come.
      EXPECT_TRUE(WorldWentOn(std::chrono::milliseconds(2 * late_ms + 20), [&] {
        const v1::GroupState arm = Arm();
        for (const v1::JointState& joint : arm.joints()) {
          if (joint.servo_id() != kElbow || joint.stale() || arm.sampled_ns() < moved_ns) continue;
          EXPECT_LE(std::abs(joint.position_raw() - place), kStill_ticks) << late_ms << " ms late";
        }
      }));
    }
  }
  sim::DelayRequest none;
  none.set_servo(kElbow);
  Do(kDelay, none);
  EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  EXPECT_LE(std::abs(Joint(kElbow).position_raw() - TruthOfServo(kElbow).position_raw()),
            kStill_ticks);
  EXPECT_TRUE(Energised());
}

TEST_F(WireFaultTest, TwoServosWithOneIdAreNamedAndTorqueIsRefused) {
  StartDaemon();
  sim::DuplicateIdRequest twin;
  twin.set_servo(4);
  twin.set_id(kElbow);
  Do(kDuplicateId, twin);
  EXPECT_TRUE(Eventually([&] { return ShowsFault(kElbow, "DUPLICATE_ID"); }));
  EXPECT_THAT(FixOf(kElbowSubject, "DUPLICATE_ID"), HasSubstr("its own id"));
  client::LeaseOptions options;
  options.client_name = "test";
  auto lease = client::Lease::Acquire(daemon_->connection(), options);
  ASSERT_TRUE(lease.ok()) << lease.status();
  lease_ = *std::move(lease);
  const absl::Status refused = EnableTorque();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
  for (const auto& [id, servo] : ServosOf(world())) EXPECT_FALSE(servo.torque_on()) << id;
  Do(kClearInjections, sim::ClearInjectionsRequest());
  EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  const absl::Status enabled = EnableTorque();
  EXPECT_TRUE(enabled.ok()) << enabled;
}

}  // namespace
}  // namespace soarm::test
