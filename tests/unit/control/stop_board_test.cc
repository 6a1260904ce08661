#include "server/control/stop_board.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "server/control/authority.h"
#include "tests/fakes/fake_clock.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

struct Board {
  Board() { authority.epoch = 9; }

  Authority authority;
  FakeClock clock;
  StopBoard stops{3, authority, clock};
};

TEST(StopBoardTest, TheMostRestrictiveStandingStopCounts) {
  Board t;
  const auto hold = t.stops.Assert(0b111, StopLevel::kHold, "rpc", "lunch");
  const auto release = t.stops.Assert(0b001, StopLevel::kRelease, "rpc", "smoke");
  EXPECT_EQ(t.authority.groups[0].stop, StopLevel::kRelease);
  EXPECT_EQ(t.authority.groups[1].stop, StopLevel::kHold);
  ASSERT_TRUE(t.stops.Clear(release).ok());
  EXPECT_EQ(t.authority.groups[0].stop, StopLevel::kHold);
  ASSERT_TRUE(t.stops.Clear(hold).ok());
  EXPECT_EQ(t.authority.groups[0].stop, StopLevel::kNone);
  EXPECT_EQ(ProblemOf(t.stops.Clear(hold)).reason, "UNKNOWN_STOP");
}

TEST(StopBoardTest, RepeatingAStopKeepsItsIdAndClearAllEndsEverything) {
  Board t;
  const auto first = t.stops.Assert(1, StopLevel::kHold, "socket", "");
  EXPECT_EQ(t.stops.Assert(1, StopLevel::kHold, "socket", ""), first);
  EXPECT_NE(t.stops.Assert(2, StopLevel::kHold, "socket", ""), first);
  EXPECT_TRUE(t.stops.Clear(0).ok());
  EXPECT_TRUE(t.stops.List().empty());
  EXPECT_TRUE(t.stops.Clear(0).ok());
}

TEST(StopBoardTest, WhatIsAboutToBeClearedStandsAndIsNotKept) {
  Board t;
  const auto first = t.stops.Assert(1, StopLevel::kHold, "rpc", "");
  EXPECT_TRUE(t.stops.BeginClear(first + 1).empty());
  EXPECT_EQ(t.stops.BeginClear(0), std::vector<std::uint64_t>{first});
  EXPECT_EQ(t.stops.List().size(), 1u);
  EXPECT_TRUE(t.stops.Read().assertions.empty());
  EXPECT_EQ(t.authority.groups[0].stop, StopLevel::kHold);
  EXPECT_NE(t.stops.Assert(1, StopLevel::kHold, "rpc", ""), first);
  const auto version = t.stops.version();
  ASSERT_TRUE(t.stops.Clear(first).ok());
  EXPECT_EQ(t.stops.version(), version) << "nothing to write";
  EXPECT_EQ(t.authority.groups[0].stop, StopLevel::kHold);
}

TEST(StopBoardTest, AClearShutsOutTheStreamsThatWereOpen) {
  Board t;
  t.authority.newest_stream = 12;
  const auto id = t.stops.Assert(1, StopLevel::kHold, "rpc", "");
  ASSERT_TRUE(t.stops.Clear(id).ok());
  EXPECT_EQ(t.authority.groups[0].first_stream, 13u);
  EXPECT_EQ(t.authority.groups[1].first_stream, 0u);
}

TEST(StopBoardTest, AClearShutsOutTheStreamsOfThoseThatHeldWithTheStopped) {
  Board t;
  t.authority.newest_stream = 12;
  t.authority.groups[0].coupled = t.authority.groups[1].coupled = 3;
  ASSERT_TRUE(t.stops.Clear(t.stops.Assert(1, StopLevel::kHold, "rpc", "")).ok());
  EXPECT_EQ(t.authority.groups[0].first_stream, 13u);
  EXPECT_EQ(t.authority.groups[1].first_stream, 13u);
  EXPECT_EQ(t.authority.groups[2].first_stream, 0u);
}

TEST(StopBoardTest, AnyNumberOfStopsIsBoundedAndNoneIsWidenedByAnother) {
  Board t;
  for (int i = 0; i < 1000; ++i) {
    t.stops.Assert(1, StopLevel::kHold, "rpc", std::to_string(i));
  }
  const auto release = t.stops.Assert(4, StopLevel::kRelease, "rpc", "last");
  EXPECT_LE(t.stops.List().size(), 257u);
  EXPECT_EQ(t.authority.groups[0].stop, StopLevel::kHold);
  EXPECT_EQ(t.authority.groups[1].stop, StopLevel::kNone);
  EXPECT_EQ(t.authority.groups[2].stop, StopLevel::kRelease);
  EXPECT_EQ(t.stops.Assert(4, StopLevel::kRelease, "rpc", "another"), release);
  ASSERT_TRUE(t.stops.Clear(release).ok());
  EXPECT_EQ(t.authority.groups[2].stop, StopLevel::kNone);
  EXPECT_EQ(t.authority.groups[0].stop, StopLevel::kHold);
}

TEST(StopBoardTest, EveryReleaseIsCountedHoweverSoonItIsCleared) {
  Board t;
  const auto before = t.authority.groups[0].releases.load();
  ASSERT_TRUE(t.stops.Clear(t.stops.Assert(1, StopLevel::kRelease, "rpc", "")).ok());
  EXPECT_EQ(t.authority.groups[0].releases, before + 1);
  EXPECT_EQ(t.authority.groups[1].releases, 0u);
  t.stops.Assert(1, StopLevel::kHold, "rpc", "");
  EXPECT_EQ(t.authority.groups[0].releases, before + 1);
}

TEST(StopBoardTest, IdsBeyondTheSafeOnesAreFarAway) {
  Board t;
  t.stops.SetLastSafeId(2);
  EXPECT_EQ(t.stops.Assert(1, StopLevel::kHold, "rpc", "first"), 1u);
  EXPECT_EQ(t.stops.Assert(1, StopLevel::kHold, "rpc", "second"), 2u);
  const auto far = t.stops.Assert(1, StopLevel::kHold, "rpc", "third");
  EXPECT_GT(far, 3u);
  EXPECT_EQ(t.stops.Assert(1, StopLevel::kHold, "rpc", "fourth"), far + 1);
}

TEST(StopBoardTest, WhatIsRestoredStandsUnderItsIdAndNewIdsAreNew) {
  Board t;
  t.stops.Restore(7, {{5, 0b010, StopLevel::kSoftHold, "rpc", "yesterday", {}}});
  EXPECT_EQ(t.authority.groups[1].stop, StopLevel::kSoftHold);
  EXPECT_EQ(t.authority.groups[0].stop, StopLevel::kNone);
  EXPECT_EQ(t.stops.Assert(1, StopLevel::kHold, "rpc", ""), 8u);
  EXPECT_TRUE(t.stops.Clear(5).ok());
  EXPECT_EQ(t.authority.groups[1].stop, StopLevel::kNone);
}

}  // namespace
}  // namespace soarm::control
