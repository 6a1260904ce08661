#include "server/runtime/port_watch.h"

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace soarm {
namespace {

Problem SomebodyHasIt() {
  Problem problem;
  problem.reason = "PORT_IN_USE";
  return problem;
}

// One bus that is open, watched look by look.
class PortWatchTest : public testing::Test {
 protected:
  PortWatchTest()
      : watch_({{.device = "/dev/fake",
                 .state = [this] { return state_; },
                 .find_other = [this] { return ++looks_, other_; }}},
               clock_) {
    state_.open = true;
  }
  // The first after opening, and one in peace.
  void ComeToRest() {
    state_.opens = 1;
    Look();
    Look();
    looks_ = 0;
  }
  void Look() { watch_.Step(); }
  std::string Note() { return watch_.NoteOf(0).value_or(Problem()).reason; }

  FakeClock clock_;
  BusState state_;
  std::optional<Problem> other_;
  int looks_ = 0;
  PortWatch watch_;
};

TEST_F(PortWatchTest, LooksOnceAfterEachOpeningAndNotInPeace) {
  state_.opens = 1;
  Look();
  EXPECT_EQ(looks_, 1);
  for (int i = 0; i < 5; ++i) Look();
  EXPECT_EQ(looks_, 1);
  state_.opens = 2;
  Look();
  EXPECT_EQ(looks_, 2);
}

TEST_F(PortWatchTest, LooksForWhoIsToBlameForEachKindOfTrouble) {
  ComeToRest();
  const std::vector<std::function<void()>> troubles = {
      [this] { ++state_.foreign_bytes; }, [this] { ++state_.answers_missed; },
      [this] { ++state_.answers_corrupt; }, [this] { ++state_.answers_discarded; },
      [this] { ++state_.bus_late; }};
  for (std::size_t i = 0; i < troubles.size(); ++i) {
    troubles[i]();
    Look();
    EXPECT_EQ(looks_, static_cast<int>(i) + 1);
    Look();
    EXPECT_EQ(looks_, static_cast<int>(i) + 1) << "and not again for nothing new";
  }
}

TEST_F(PortWatchTest, WhoIsFoundIsNamedUntilGoneEvenIfQuiet) {
  ComeToRest();
  ++state_.answers_missed;
  other_ = SomebodyHasIt();
  for (int i = 0; i < 5; ++i) {
    Look();
    EXPECT_EQ(Note(), "PORT_IN_USE");
  }
  other_.reset();
  Look();
  EXPECT_EQ(Note(), "");
  EXPECT_EQ(looks_, 6);
  Look();
  EXPECT_EQ(looks_, 6);
}

TEST_F(PortWatchTest, TrafficOfSomebodyWhoCannotBeSeenIsNamedWhenItGoesOn) {
  ComeToRest();
  const auto hear = [this] {
    ++state_.foreign_bytes;
    Look();
    return Note();
  };
  EXPECT_EQ(hear(), "");
  EXPECT_EQ(hear(), "");
  Look();  // noise it was
  EXPECT_EQ(hear(), "");
  EXPECT_EQ(hear(), "");
  EXPECT_EQ(hear(), "FOREIGN_TRAFFIC");
  EXPECT_NE(watch_.NoteOf(0)->fix.find("sudo fuser -v /dev/fake"), std::string::npos);
  EXPECT_EQ(hear(), "FOREIGN_TRAFFIC");
  other_ = SomebodyHasIt();
  EXPECT_EQ(hear(), "PORT_IN_USE") << "who is seen is named instead";
  other_.reset();
  EXPECT_EQ(hear(), "") << "the last of who has just gone";
  Look();
  EXPECT_EQ(Note(), "");
}

TEST_F(PortWatchTest, ABusThatIsNotOpenIsNotLookedAtAndHasNoNote) {
  ComeToRest();
  ++state_.foreign_bytes;
  other_ = SomebodyHasIt();
  Look();
  EXPECT_EQ(Note(), "PORT_IN_USE");
  looks_ = 0;
  state_.open = false;
  ++state_.foreign_bytes;
  Look();
  EXPECT_EQ(Note(), "");
  EXPECT_EQ(looks_, 0);
}

TEST(PortWatchThreadTest, LooksByItself) {
  MonotonicClock clock;
  BusState state;
  state.open = true;
  state.opens = 1;
  std::promise<void> looked;
  PortWatch watch({{.device = "/dev/fake",
                    .state = [&] { return state; },
                    .find_other = [&]() -> std::optional<Problem> {
                      looked.set_value();
                      return SomebodyHasIt();
                    }}},
                  clock);
  watch.Start();
  EXPECT_EQ(looked.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  watch.Stop();
  EXPECT_TRUE(watch.NoteOf(0));
}

}  // namespace
}  // namespace soarm
