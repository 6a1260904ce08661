#include <atomic>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "server/control/lease_table.h"
#include "server/control/stop_board.h"
#include "tests/fakes/fake_clock.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

struct Table {
  Table() { authority.epoch = 9; }

  Authority authority;
  FakeClock clock;
  LeaseTable leases{{"left_arm", "right_arm", "base"}, authority, clock};
  StopBoard stops{3, authority, clock};

  LeaseRequest Want(GroupMask groups, LeaseClass c = LeaseClass::kTeleop, bool preempt = false,
                    std::string name = "anna") {
    LeaseRequest request;
    request.groups = groups;
    request.lease_class = c;
    request.highest_allowed = LeaseClass::kSupervisor;
    request.preempt = preempt;
    request.client_name = std::move(name);
    return request;
  }
};

TEST(LeaseTableTest, GrantsAllGroupsOrNone) {
  Table t;
  ASSERT_TRUE(t.leases.Acquire(t.Want(0b010)).ok());
  const auto both = t.leases.Acquire(t.Want(0b011, LeaseClass::kTeleop, false, "bert"));
  ASSERT_FALSE(both.ok());
  const Problem problem = ProblemOf(both.status());
  EXPECT_EQ(problem.reason, "LEASE_HELD");
  EXPECT_EQ(problem.subject, "right_arm");
  EXPECT_EQ(problem.facts.at("holder"), "anna");
  EXPECT_EQ(problem.facts.at("lease_class"), "TELEOP");
  EXPECT_EQ(t.authority.groups[0].fence, 0u);
}

TEST(LeaseTableTest, AnEqualClassIsRefusedEvenWithPreempt) {
  Table t;
  ASSERT_TRUE(t.leases.Acquire(t.Want(1)).ok());
  t.clock.Advance(1500ms);
  const auto second = t.leases.Acquire(t.Want(1, LeaseClass::kTeleop, true, "bert"));
  EXPECT_EQ(ProblemOf(second.status()).facts.at("age_s"), "1.5");
}

TEST(LeaseTableTest, AHigherClassTakesOverOnlyExplicitlyAndTheLoserLearnsWho) {
  Table t;
  const auto policy = t.leases.Acquire(t.Want(0b011, LeaseClass::kAutonomy, false, "policy"));
  ASSERT_TRUE(policy.ok());
  EXPECT_FALSE(t.leases.Acquire(t.Want(0b001)).ok());
  const auto human = t.leases.Acquire(t.Want(0b001, LeaseClass::kTeleop, true));
  ASSERT_TRUE(human.ok());
  EXPECT_GT(human->lease.fence, policy->lease.fence);
  const absl::Status lost = t.leases.Check(0, policy->lease);
  EXPECT_EQ(ProblemOf(lost).reason, "LEASE_LOST");
  EXPECT_NE(ProblemOf(lost).message.find("'anna' (TELEOP)"), std::string::npos);
  EXPECT_EQ(t.authority.groups[1].fence, 0u);  // all of the loser's groups are free
  EXPECT_EQ(t.leases.EndingOf(policy->lease.fence)->end, LeaseEnd::kPreempted);
}

TEST(LeaseTableTest, TheListenersHighestClassBinds) {
  Table t;
  LeaseRequest request = t.Want(1, LeaseClass::kSupervisor);
  request.highest_allowed = LeaseClass::kTeleop;
  EXPECT_EQ(ProblemOf(t.leases.Acquire(request).status()).reason, "LEASE_CLASS_TOO_HIGH");
}

TEST(LeaseTableTest, ItExpiresUnlessRenewedAndTheTickSeesItWithoutTheTable) {
  Table t;
  const auto grant = t.leases.Acquire(t.Want(1));
  t.clock.Advance(1900ms);
  ASSERT_TRUE(t.leases.Renew(grant->lease).ok());
  t.clock.Advance(1900ms);
  EXPECT_TRUE(t.leases.Check(0, grant->lease).ok());
  EXPECT_GT(t.authority.groups[0].lease_until_ns, ToNanos(t.clock.Now()));
  t.clock.Advance(100ms);
  EXPECT_LE(t.authority.groups[0].lease_until_ns, ToNanos(t.clock.Now()));
  EXPECT_EQ(ProblemOf(t.leases.Check(0, grant->lease)).reason, "LEASE_LOST");
  EXPECT_TRUE(t.leases.Acquire(t.Want(1)).ok());
}

TEST(LeaseTableTest, ASuspendEndsEveryLeaseHoweverLongItWas) {
  Table t;
  const auto lease = t.leases.Acquire(t.Want(0b001));
  ASSERT_TRUE(lease.ok());
  t.clock.Suspend(2s);
  const absl::Status renewed = t.leases.Renew(lease->lease).status();
  EXPECT_EQ(ProblemOf(renewed).reason, "LEASE_LOST");
  EXPECT_NE(renewed.message().find("suspended"), std::string::npos);
  EXPECT_EQ(t.authority.groups[0].fence, 0U);
  EXPECT_TRUE(t.leases.Acquire(t.Want(0b001, LeaseClass::kTeleop, false, "bert")).ok());
}

TEST(LeaseTableTest, TheSpeedScaleEndsWithTheLease) {
  Table t;
  const auto lease = t.leases.Acquire(t.Want(0b011));
  ASSERT_TRUE(lease.ok());
  t.authority.groups[1].speed_scale = 0.1;
  t.authority.groups[2].speed_scale = 0.2;  // somebody else's
  ASSERT_TRUE(t.leases.Release(lease->lease).ok());
  EXPECT_EQ(t.authority.groups[1].speed_scale, 1.0);
  EXPECT_EQ(t.authority.groups[2].speed_scale, 0.2);
}

TEST(LeaseTableTest, TheTimeToLiveIsClampedAndTheClampTold) {
  Table t;
  LeaseRequest request = t.Want(1);
  request.ttl = 1h;
  EXPECT_EQ(t.leases.Acquire(request)->ttl, LeaseTable::kMaxTtl);
  request = t.Want(2);
  request.ttl = 1ns;
  EXPECT_EQ(t.leases.Acquire(request)->ttl, LeaseTable::kMinTtl);
}

TEST(LeaseTableTest, ATokenIsSixteenBytesInHexadecimalAndEachLeaseHasItsOwn) {
  Table t;
  const std::string token = t.leases.Acquire(t.Want(0b001))->lease.token;
  EXPECT_EQ(token.size(), 32u);
  EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos) << token;
  EXPECT_NE(t.leases.Acquire(t.Want(0b010))->lease.token, token);
}

TEST(LeaseTableTest, TokenEpochAndGroupMustMatch) {
  Table t;
  const auto grant = t.leases.Acquire(t.Want(1));
  LeaseRef ref = grant->lease;
  EXPECT_EQ(ProblemOf(t.leases.Check(1, ref)).reason, "LEASE_MISSING");
  ref.token = "guessed";
  EXPECT_EQ(ProblemOf(t.leases.Check(0, ref)).reason, "LEASE_UNKNOWN");
  ref = grant->lease;
  ref.epoch = 8;
  EXPECT_EQ(ProblemOf(t.leases.Check(0, ref)).reason, "LEASE_LOST");
  EXPECT_EQ(ProblemOf(t.leases.Check(0, {})).reason, "LEASE_MISSING");
}

TEST(LeaseTableTest, ObserversExcludeNobodyAndDriveNothing) {
  Table t;
  const auto observer = t.leases.Acquire(t.Want(1, LeaseClass::kObserver));
  ASSERT_TRUE(observer.ok());
  EXPECT_EQ(t.authority.groups[0].fence, 0u);
  EXPECT_FALSE(t.leases.Check(0, observer->lease).ok());
  EXPECT_TRUE(t.leases.Acquire(t.Want(1)).ok());
  EXPECT_TRUE(t.leases.Acquire(t.Want(1, LeaseClass::kObserver)).ok());
  EXPECT_EQ(t.leases.List().size(), 3u);
}

TEST(LeaseTableTest, NoNumberOfObserversKeepsADriverOut) {
  Table t;
  for (int i = 0; i < 200; ++i) {
    const auto observer = t.leases.Acquire(t.Want(0b111, LeaseClass::kObserver));
    if (observer.ok()) continue;
    EXPECT_EQ(ProblemOf(observer.status()).reason, "TOO_MANY_LEASES");
  }
  EXPECT_LT(t.leases.List().size(), 64u) << "they are bounded";
  for (const GroupMask group : {0b001U, 0b010U, 0b100U}) {
    EXPECT_TRUE(t.leases.Acquire(t.Want(group, LeaseClass::kAutonomy)).ok());
  }
  EXPECT_TRUE(t.leases.Acquire(t.Want(0b111, LeaseClass::kSupervisor, true)).ok());
}

TEST(LeaseTableTest, AReleaseIsToldApartFromALoss) {
  Table t;
  const auto grant = t.leases.Acquire(t.Want(0b011));
  EXPECT_EQ(t.authority.groups[0].coupled, 0b011u);
  ASSERT_TRUE(t.leases.Release(grant->lease).ok());
  EXPECT_EQ(t.authority.groups[1].released_fence, grant->lease.fence);
  EXPECT_EQ(t.authority.groups[1].coupled, 0u);
  const auto next = t.leases.Acquire(t.Want(0b011));
  t.clock.Suspend(1s);
  EXPECT_NE(ProblemOf(t.leases.Check(0, next->lease)).message.find("suspended"), std::string::npos);
  EXPECT_LT(t.authority.groups[1].released_fence, next->lease.fence);
}

TEST(LeaseTableTest, FencesRiseByStepsThatNobodyCanGuess) {
  Table t;
  std::uint64_t last = 0;
  std::set<std::uint64_t> steps;
  for (int i = 0; i < 50; ++i) {
    const auto grant = t.leases.Acquire(t.Want(1));
    ASSERT_TRUE(grant.ok());
    ASSERT_GT(grant->lease.fence, last);
    steps.insert(grant->lease.fence - last);
    last = grant->lease.fence;
    ASSERT_TRUE(t.leases.Release(grant->lease).ok());
  }
  EXPECT_EQ(steps.size(), 50u);
}

// What a tick reads while a lease ends is that lease or nobody's: a slow one that ends in the midst
// of it never acts at full speed.
TEST(LeaseTableTest, NoLeaseIsReadWithTheSpeedOfWhatComesAfterIt) {
  Table t;
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> slow_seen{0};
  std::uint64_t torn = 0;
  std::thread tick([&] {
    std::uint64_t fence = 0;
    bool slow = false;
    while (!done) {
      const LeaseWords words = t.authority.groups[0].Lease();
      if (words.fence == 0) continue;
      if (words.fence != fence) slow = false;
      fence = words.fence;
      if (slow && words.speed_scale != 0.25) ++torn;
      slow = slow || words.speed_scale == 0.25;
      if (slow) ++slow_seen;
    }
  });
  for (int i = 0; i < 2'000 || slow_seen == 0; ++i) {
    const auto grant = t.leases.Acquire(t.Want(1));
    EXPECT_TRUE(t.leases.SetSpeedScale(grant->lease, 0.25).ok());
    EXPECT_TRUE(t.leases.Release(grant->lease).ok());
  }
  done = true;
  tick.join();
  EXPECT_EQ(torn, 0U);
}

TEST(LeaseTableTest, ASpeedScaleIsTheHoldersAndNobodyElsesGroups) {
  Table t;
  const auto mine = t.leases.Acquire(t.Want(0b001));
  const auto other = t.leases.Acquire(t.Want(0b010));
  ASSERT_TRUE(t.leases.SetSpeedScale(mine->lease, 0.25).ok());
  EXPECT_EQ(t.authority.groups[0].speed_scale, 0.25);
  EXPECT_EQ(t.authority.groups[1].speed_scale, 1.0);
  LeaseRef guess = other->lease;
  guess.token = "guess";
  EXPECT_EQ(ProblemOf(t.leases.SetSpeedScale(guess, 0.5)).reason, "LEASE_UNKNOWN");
  ASSERT_TRUE(t.leases.Release(mine->lease).ok());
  EXPECT_EQ(ProblemOf(t.leases.SetSpeedScale(mine->lease, 0.5)).reason, "LEASE_LOST");
  EXPECT_EQ(t.authority.groups[0].speed_scale, 1.0);
}

TEST(LeaseTableTest, JudgesALeaseForAStreamAsItDoesForACall) {
  Table t;
  const auto grant = t.leases.Acquire(t.Want(1));
  LeaseRef ref = grant->lease;
  EXPECT_EQ(t.leases.Judge(0, ref), LeaseStanding::kHolds);
  EXPECT_EQ(t.leases.Judge(1, ref), LeaseStanding::kNotGranted);
  ref.token = "guess";
  EXPECT_EQ(t.leases.Judge(0, ref), LeaseStanding::kWrongToken);
  ref = grant->lease;
  ++ref.fence;
  EXPECT_EQ(t.leases.Judge(0, ref), LeaseStanding::kEnded);
  ref = grant->lease;
  ++ref.epoch;
  EXPECT_EQ(t.leases.Judge(0, ref), LeaseStanding::kEnded);
  const auto observer = t.leases.Acquire(t.Want(2, LeaseClass::kObserver));
  EXPECT_EQ(t.leases.Judge(1, observer->lease), LeaseStanding::kNotGranted);
  ASSERT_TRUE(t.leases.Release(grant->lease).ok());
  EXPECT_EQ(t.leases.Judge(0, grant->lease), LeaseStanding::kEnded);
}

TEST(StopBoardTest, TheMostRestrictiveStandingStopCounts) {
  Table t;
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
  Table t;
  const auto first = t.stops.Assert(1, StopLevel::kHold, "socket", "");
  EXPECT_EQ(t.stops.Assert(1, StopLevel::kHold, "socket", ""), first);
  EXPECT_NE(t.stops.Assert(2, StopLevel::kHold, "socket", ""), first);
  EXPECT_TRUE(t.stops.Clear(0).ok());
  EXPECT_TRUE(t.stops.List().empty());
  EXPECT_TRUE(t.stops.Clear(0).ok());
}

TEST(StopBoardTest, WhatIsAboutToBeClearedStandsAndIsNotKept) {
  Table t;
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
  Table t;
  t.authority.newest_stream = 12;
  const auto id = t.stops.Assert(1, StopLevel::kHold, "rpc", "");
  ASSERT_TRUE(t.stops.Clear(id).ok());
  EXPECT_EQ(t.authority.groups[0].first_stream, 13u);
  EXPECT_EQ(t.authority.groups[1].first_stream, 0u);
}

TEST(StopBoardTest, AClearShutsOutTheStreamsOfThoseThatHeldWithTheStopped) {
  Table t;
  t.authority.newest_stream = 12;
  t.authority.groups[0].coupled = t.authority.groups[1].coupled = 3;
  ASSERT_TRUE(t.stops.Clear(t.stops.Assert(1, StopLevel::kHold, "rpc", "")).ok());
  EXPECT_EQ(t.authority.groups[0].first_stream, 13u);
  EXPECT_EQ(t.authority.groups[1].first_stream, 13u);
  EXPECT_EQ(t.authority.groups[2].first_stream, 0u);
}

TEST(StopBoardTest, AnyNumberOfStopsIsBoundedAndNoneIsWidenedByAnother) {
  Table t;
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
  Table t;
  const auto before = t.authority.groups[0].releases.load();
  ASSERT_TRUE(t.stops.Clear(t.stops.Assert(1, StopLevel::kRelease, "rpc", "")).ok());
  EXPECT_EQ(t.authority.groups[0].releases, before + 1);
  EXPECT_EQ(t.authority.groups[1].releases, 0u);
  t.stops.Assert(1, StopLevel::kHold, "rpc", "");
  EXPECT_EQ(t.authority.groups[0].releases, before + 1);
}

TEST(StopBoardTest, IdsBeyondTheSafeOnesAreFarAway) {
  Table t;
  t.stops.SetLastSafeId(2);
  EXPECT_EQ(t.stops.Assert(1, StopLevel::kHold, "rpc", "first"), 1u);
  EXPECT_EQ(t.stops.Assert(1, StopLevel::kHold, "rpc", "second"), 2u);
  const auto far = t.stops.Assert(1, StopLevel::kHold, "rpc", "third");
  EXPECT_GT(far, 3u);
  EXPECT_EQ(t.stops.Assert(1, StopLevel::kHold, "rpc", "fourth"), far + 1);
}

TEST(StopBoardTest, WhatIsRestoredStandsUnderItsIdAndNewIdsAreNew) {
  Table t;
  t.stops.Restore(7, {{5, 0b010, StopLevel::kSoftHold, "rpc", "yesterday", {}}});
  EXPECT_EQ(t.authority.groups[1].stop, StopLevel::kSoftHold);
  EXPECT_EQ(t.authority.groups[0].stop, StopLevel::kNone);
  EXPECT_EQ(t.stops.Assert(1, StopLevel::kHold, "rpc", ""), 8u);
  EXPECT_TRUE(t.stops.Clear(5).ok());
  EXPECT_EQ(t.authority.groups[1].stop, StopLevel::kNone);
}

}  // namespace
}  // namespace soarm::control
