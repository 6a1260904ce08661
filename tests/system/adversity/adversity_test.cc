// A smaller adversary than tests/adversary, over what that one cannot have: real processes that are
// killed and frozen, real sockets, files and clients. What it does is drawn from one seed and
// printed; the truth of the simulated world says what it did to the arm.
//
//   SOARM_ADVERSITY_SEED=7 SOARM_ADVERSITY_STEPS=200 system_adversity --gtest_filter=Adversity*
//
// The same seed does the same things again, though the processes take their own time.

#include <cstdio>

#include <gtest/gtest.h>

#include "tests/system/adversity/acts.h"
#include "tests/system/adversity/numbers.h"

namespace soarm::test {
namespace {

constexpr std::uint64_t kPlaySeed = 3;  // one that notices when the gate is off
constexpr std::uint64_t kSteps = 25;

TEST(AdversityTest, NothingMovesTheArmThatMayNotWhateverBefallsTheProcesses) {
  const std::uint64_t seed = NumberOf("SOARM_ADVERSITY_SEED", kPlaySeed);
  const std::uint64_t steps = NumberOf("SOARM_ADVERSITY_STEPS", kSteps);
  std::printf("SOARM_ADVERSITY_SEED=%llu SOARM_ADVERSITY_STEPS=%llu\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(steps));
  adversary::Dice dice(seed);
  Scene scene;
  for (std::uint64_t step = 1; step <= steps && !HasFailure(); ++step) DoOneAct(scene, dice, step);
  if (!HasFailure()) scene.ExpectStillWorks();
}

}  // namespace
}  // namespace soarm::test
