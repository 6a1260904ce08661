// A late answer must never be taken for a new one. Here every answer's position is the number of
// the read request it answers, so a sample that is not of this tick's request gives itself away.

#include <random>

#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/bus_fixture.h"

namespace soarm {
namespace {

using std::chrono::microseconds;

class LateAnswersTest : public BusFixture {
 protected:
  void MakeNumbered() {
    MakeAndOpen();
    for (auto& [id, servo] : port_->servos) {
      servo.position = [](const fakes::FakeServo& self) { return self.reads % 4000; };
    }
  }
  BusTick TickAndCheck() {
    const BusTick tick = Tick();
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      if ((tick.answered & MaskOf(i)) == 0) continue;
      const auto asked = static_cast<int>(servo(static_cast<std::uint8_t>(i + 1)).reads % 4000);
      EXPECT_EQ(samples_[i].position_raw, asked) << "joint " << i;
      EXPECT_EQ(samples_[i].misses, 0U);
    }
    return tick;
  }
};

TEST_F(LateAnswersTest, AreNeverTakenForNewOnesAtAnyPhase) {
  MakeNumbered();
  std::uint32_t discarded = 0;
  for (Nanos delay = microseconds(100); delay < microseconds(15'000); delay += microseconds(130)) {
    for (std::uint8_t id = 1; id <= 6; ++id) {
      servo(id).delay = delay;
      servo(id).delay_count = 1 + id % 3;
      for (int i = 0; i < 4; ++i) discarded += TickAndCheck().answers_discarded;
    }
    for (int i = 0; i < 6; ++i) discarded += TickAndCheck().answers_discarded;
  }
  EXPECT_GT(discarded, 100U) << "the delays did nothing";
}

TEST_F(LateAnswersTest, OfTheWholeBusAreNeverTakenForNewOnes) {
  MakeNumbered();
  for (Nanos delay = microseconds(500); delay < microseconds(15'000); delay += microseconds(170)) {
    for (auto& [id, servo] : port_->servos) {
      servo.delay = delay;
      servo.delay_count = 2;
    }
    for (int i = 0; i < 12; ++i) TickAndCheck();
  }
}

TEST_F(LateAnswersTest, InRandomDisorderAreNeverTakenForNewOnes) {
  MakeNumbered();
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    fakes::FakeServo& victim = servo(static_cast<std::uint8_t>(random() % 6 + 1));
    switch (random() % 8) {
      case 0:
        victim.delay = microseconds(random() % 15'000);
        victim.delay_count = static_cast<int>(random() % 3);
        break;
      case 1:
        victim.corrupt = 1;
        break;
      case 2:
        victim.truncate = 1;
        break;
      case 3:
        victim.drop = static_cast<int>(random() % 3);
        break;
      default:
        break;
    }
    TickAndCheck();
  }
}

TEST_F(LateAnswersTest, TheBusRecoversAtOnce) {
  MakeNumbered();
  Ticks(10);  // the first numbers are a leap, which every servo is asked for again
  servo(3).delay = microseconds(7'000);
  servo(3).delay_count = 1;
  EXPECT_EQ(TickAndCheck().answered, AllJoints() & ~MaskOf(2));
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kNoReply));
  const BusTick next = TickAndCheck();
  EXPECT_EQ(next.answered, AllJoints());
  EXPECT_FALSE(samples_[2].faults.Any());
}

}  // namespace
}  // namespace soarm
