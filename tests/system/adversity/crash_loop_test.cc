// A daemon that dies again and again over an arm that carries a load: nobody commands anything, so
// all of its lives together move the arm by no more than docs/safety.md allows.
//
//   SOARM_ADVERSITY_RESTARTS=100 SOARM_ADVERSITY_SEED=7 system_adversity --gtest_filter=CrashLoop*

#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/adversary/judge/bounds.h"
#include "tests/adversary/play/dice.h"
#include "tests/system/adversity/numbers.h"
#include "tests/system/adversity/truth_log.h"
#include "tests/system/driving.h"

namespace soarm::test {
namespace {

constexpr std::uint64_t kLoopSeed = 1;
constexpr std::uint64_t kRestarts = 20;
constexpr double kLoad_nm = 0.8;  // besides what the arm's own weight pulls

void Load(client::Connection& simulator, std::uint32_t servo, double torque_nm) {
  sim::SetLoadRequest request;
  request.set_servo(servo);
  request.set_torque_nm(torque_nm);
  EXPECT_TRUE(simulator.Call(kSetLoad, request).ok());
}

// An arm that is stretched out and carries something, under torque, at rest, with its daemon dead.
class LoadedArm {
 public:
  LoadedArm() {
    RunningDaemon daemon(folder_, {"--port", sim_.link()});
    EXPECT_TRUE(daemon.WaitForFreshJoints(6));
    const auto lease = Energise(daemon.connection());
    if (lease == nullptr) return;
    v1::MoveToRequest request;
    *request.mutable_lease() = lease->ref();
    *request.add_targets() = Target("shoulder_lift", 0.6).targets(0);
    *request.add_targets() = Target("elbow_flex", -0.6).targets(0);
    const absl::Status moved =
        daemon.connection().Watch(client::kMoveTo, request, [](const auto&) { return true; });
    EXPECT_TRUE(moved.ok()) << moved;
    Load(sim_.connection(), kLift, kLoad_nm);
    // Until it hangs in its load, and the daemon has let the target yield or has not.
    EXPECT_TRUE(truth_.WaitUntil(truth_.Newest().time_ns() + 3000 * kMilli_ns));
    daemon.process().Signal(SIGKILL);
    daemon.process().WaitForExit();
  }

  std::map<std::uint32_t, sim::ServoTruth> Servos() { return ServosOf(sim_.connection()); }
  TruthLog& truth() { return truth_; }
  const TemporaryFolder& folder() const { return folder_; }
  std::string port() const { return sim_.link(); }

 private:
  const TemporaryFolder folder_;
  RunningSim sim_{folder_};
  TruthLog truth_{sim_.connection()};
};

// Dies before it is ready, while it adopts, or soon after, as it comes.
void LiveAndDie(LoadedArm& arm, adversary::Dice& dice) {
  Process daemon("soarmd", {"--listen", "unix:" + arm.folder().File("soarmd.sock"), "--state-dir",
                            arm.folder().File("state"), "--port", arm.port()});
  const bool lives = dice.Chance(0.7);
  EXPECT_TRUE(!lives || daemon.WaitForLine("soarmd ready ")) << daemon.errors();
  EXPECT_TRUE(arm.truth().WaitForFrames(static_cast<int>(dice.Below(40))));
  daemon.Signal(SIGKILL);
  EXPECT_EQ(daemon.WaitForExit(), -SIGKILL) << daemon.errors();
}

TEST(CrashLoopTest, AllRestartsTogetherHardlyMoveALoadedArm) {
  const std::uint64_t seed = NumberOf("SOARM_ADVERSITY_SEED", kLoopSeed);
  const std::uint64_t restarts = NumberOf("SOARM_ADVERSITY_RESTARTS", kRestarts);
  std::printf("SOARM_ADVERSITY_SEED=%llu SOARM_ADVERSITY_RESTARTS=%llu\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(restarts));
  adversary::Dice dice(seed);
  LoadedArm arm;
  ASSERT_FALSE(HasFailure());
  const auto before = arm.Servos();
  EXPECT_GT(std::abs(before.at(kLift).torque_nm()), kLoad_nm / 2) << "nothing is carried";
  arm.truth().Take();
  for (std::uint64_t i = 1; i <= restarts && !HasFailure(); ++i) {
    LiveAndDie(arm, dice);
    for (const sim::Truth& frame : arm.truth().Take()) {
      for (const sim::ServoTruth& servo : frame.servos()) {
        EXPECT_TRUE(servo.torque_on()) << "servo " << servo.servo() << ", life " << i;
        EXPECT_NEAR(servo.position_rad(), before.at(servo.servo()).position_rad(),
                    adversary::bounds::kAdoptionMoves_rad)
            << "servo " << servo.servo() << ", life " << i;
      }
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace soarm::test
