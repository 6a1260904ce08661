#include "server/control/lease_table.h"

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "tests/fakes/fake_clock.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

struct Table {
  Table() { authority.epoch = 9; }

  Authority authority;
  FakeClock clock;
  LeaseTable leases{{"left_arm", "right_arm", "base"}, authority, clock};

  LeaseRequest Want(GroupMask groups, LeaseClass c = LeaseClass::kTeleop, bool preempt = false,
                    std::string name = "anna") {
    LeaseRequest request;
    request.groups = groups;
    request.lease_class = c;
    request.highest_allowed = LeaseClass::kSupervisor;
    request.preempt = preempt;
    request.client_name = std::move(name);
    request.purpose = "sorting";
    return request;
  }
};

TEST(LeaseTableTest, EndsTheLeasesOfAPairingThatIsOverAndNoOthers) {
  Table t;
  LeaseRequest laptop = t.Want(0b001);
  laptop.paired_client = "laptop";
  const auto its = t.leases.Acquire(laptop);
  const auto ours = t.leases.Acquire(t.Want(0b010));
  ASSERT_TRUE(its.ok() && ours.ok());
  t.leases.RevokeOf("laptop", "its pairing was revoked");
  const absl::Status lost = t.leases.Check(its->lease);
  EXPECT_EQ(ProblemOf(lost).facts["reason"], "REVOKED");
  EXPECT_NE(ProblemOf(lost).message.find("its pairing was revoked"), std::string::npos);
  EXPECT_EQ(t.authority.groups[0].fence.load(), 0u) << "no command acts from the next tick on";
  EXPECT_TRUE(t.leases.Check(ours->lease).ok());
  t.leases.RevokeOf("", "nobody's pairing was revoked");
  EXPECT_TRUE(t.leases.Check(ours->lease).ok());
}

TEST(LeaseTableTest, TellsOfEveryGrantAndEnd) {
  Table t;
  std::vector<std::string> heard;
  t.leases.Watch([&](const LeaseInfo& lease, const LeaseTable::Ending* end) {
    heard.push_back(lease.client_name +
                    (end == nullptr ? " GRANTED" : " " + LeaseEndName(end->end)));
  });
  const auto low = t.leases.Acquire(t.Want(0b001, LeaseClass::kAutonomy, false, "policy"));
  const auto high = t.leases.Acquire(t.Want(0b001, LeaseClass::kTeleop, true, "anna"));
  ASSERT_TRUE(low.ok() && high.ok());
  EXPECT_TRUE(t.leases.Release(high->lease).ok());
  ASSERT_TRUE(t.leases.Acquire(t.Want(0b100, LeaseClass::kTeleop, false, "gone")).ok());
  t.clock.Advance(LeaseTable::kDefaultTtl);
  t.leases.List();
  EXPECT_EQ(heard, (std::vector<std::string>{"policy GRANTED", "policy PREEMPTED", "anna GRANTED",
                                             "anna RELEASED", "gone GRANTED", "gone EXPIRED"}));
}

TEST(LeaseTableTest, GrantsAllGroupsOrNone) {
  Table t;
  ASSERT_TRUE(t.leases.Acquire(t.Want(0b010)).ok());
  const auto both = t.leases.Acquire(t.Want(0b011, LeaseClass::kTeleop, false, "bert"));
  ASSERT_FALSE(both.ok());
  const Problem problem = ProblemOf(both.status());
  EXPECT_EQ(problem.reason, "LEASE_HELD");
  EXPECT_EQ(problem.subject, "right_arm");
  EXPECT_EQ(problem.facts.at("holder"), "anna");
  EXPECT_EQ(problem.facts.at("class"), "TELEOP");
  EXPECT_EQ(problem.facts.at("lease_class"), "TELEOP");
  EXPECT_EQ(problem.facts.at("purpose"), "sorting");
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

TEST(LeaseTableTest, TheLoserLearnsWhoTookItWhenAndWhyInFacts) {
  Table t;
  const auto facts_of = [&t](const LeaseRef& lease) {
    t.clock.Advance(1500ms);
    const Problem problem = ProblemOf(t.leases.Renew(lease).status());
    EXPECT_EQ(problem.reason, "LEASE_LOST");
    return problem.facts;
  };
  using Facts = std::map<std::string, std::string>;
  const auto taken = t.leases.Acquire(t.Want(1, LeaseClass::kAutonomy, false, "policy"));
  const auto human = t.leases.Acquire(t.Want(1, LeaseClass::kTeleop, true));
  EXPECT_EQ(
      facts_of(taken->lease),
      (Facts{{"by", "anna"}, {"by_class", "TELEOP"}, {"reason", "PREEMPTED"}, {"ago_s", "1.5"}}));
  ASSERT_TRUE(t.leases.Release(human->lease).ok());
  EXPECT_EQ(facts_of(human->lease), (Facts{{"reason", "RELEASED"}, {"ago_s", "1.5"}}));
  const auto expired = t.leases.Acquire(t.Want(1));
  t.clock.Advance(2s);
  ASSERT_TRUE(t.leases.List().empty());
  EXPECT_EQ(facts_of(expired->lease), (Facts{{"reason", "EXPIRED"}, {"ago_s", "1.5"}}));
  const auto revoked = t.leases.Acquire(t.Want(1));
  t.clock.Suspend(2s);
  ASSERT_TRUE(t.leases.List().empty());
  EXPECT_EQ(facts_of(revoked->lease), (Facts{{"reason", "REVOKED"}, {"ago_s", "1.5"}}));
  LeaseRef earlier = human->lease;
  ++earlier.epoch;
  EXPECT_EQ(facts_of(earlier), (Facts{{"reason", "UNKNOWN"}}));
}

TEST(LeaseTableTest, ALeaseThatDrivesNothingIsNoneForAStream) {
  Table t;
  const auto driver = t.leases.Acquire(t.Want(0b100));
  const auto observer = t.leases.Acquire(t.Want(1, LeaseClass::kObserver));
  EXPECT_TRUE(t.leases.Check(driver->lease).ok());
  EXPECT_EQ(ProblemOf(t.leases.Check(observer->lease)).reason, "LEASE_MISSING");
  LeaseRef guess = driver->lease;
  guess.token = "guess";
  EXPECT_EQ(ProblemOf(t.leases.Check(guess)).reason, "LEASE_UNKNOWN");
  ASSERT_TRUE(t.leases.Release(driver->lease).ok());
  EXPECT_EQ(ProblemOf(t.leases.Check(driver->lease)).reason, "LEASE_LOST");
}

TEST(LeaseTableTest, NoNumberOfObserversMakesItForgetWhoTookALease) {
  Table t;
  const auto policy = t.leases.Acquire(t.Want(1, LeaseClass::kAutonomy, false, "policy"));
  ASSERT_TRUE(t.leases.Acquire(t.Want(1, LeaseClass::kTeleop, true)).ok());
  for (int i = 0; i < 200; ++i) {
    const auto observer = t.leases.Acquire(t.Want(1, LeaseClass::kObserver));
    ASSERT_TRUE(t.leases.Release(observer->lease).ok());
  }
  EXPECT_EQ(ProblemOf(t.leases.Check(0, policy->lease)).facts["by"], "anna");
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
  const auto watches = t.leases.Acquire(t.Want(0b001, LeaseClass::kObserver));
  EXPECT_EQ(ProblemOf(t.leases.SetSpeedScale(watches->lease, 0.5)).reason, "LEASE_MISSING");
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

}  // namespace
}  // namespace soarm::control
