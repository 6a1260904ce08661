#include <gtest/gtest.h>

#include "tests/unit/control/rig.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

TEST(PublishTest, LatenessIsMeasuredAgainstTheSchedule) {
  Rig rig;
  rig.Tick(3);
  rig.core->Tick(9, rig.clock.Now() - 3ms, 5);
  const BusState state = rig.ports.state.Load();
  EXPECT_EQ(state.lateness_ns, 3'000'000);
  EXPECT_EQ(state.ticks_missed, 5u);
  EXPECT_EQ(state.tick, 9u);
  EXPECT_EQ(state.ticks_run, 4u);
}

TEST(PublishTest, OnlyATickWithAVerdictRingsForNobody) {
  Rig rig;
  rig.Enable();
  rig.Verdicts();
  const std::uint32_t before = rig.bell.signal().count();
  rig.Tick(10);
  EXPECT_EQ(rig.bell.signal().count(), before);
  rig.Post(rig.Command(0, 0.1));
  rig.Tick();
  EXPECT_EQ(rig.bell.signal().count(), before + 1);
  rig.Tick();  // Nobody has fetched it yet.
  EXPECT_EQ(rig.bell.signal().count(), before + 2);
  EXPECT_FALSE(rig.Verdicts().empty());
  rig.Tick();
  EXPECT_EQ(rig.bell.signal().count(), before + 2);
}

}  // namespace
}  // namespace soarm::control
