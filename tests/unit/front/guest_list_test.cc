#include "server/front/guest_list.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

constexpr MonoTime kNow = FromNanos(1'000'000'000'000);

class GuestListTest : public testing::Test {
 protected:
  // Comes and waits; who has to leave for it.
  std::optional<std::uint64_t> Arrive(std::uint64_t id, Door door, const std::string& host,
                                      MonoTime now) {
    guests_.Arrive(id, door, host, now);
    return guests_.LeavesFor(id);
  }
  // Comes, and gets in if there is room.
  bool Come(Door door, const std::string& host) {
    guests_.Arrive(++id_, door, host, kNow);
    return guests_.Enter(id_);
  }

  ConnectionLimits limits_{.most = 16, .waiting = 8, .patience = std::chrono::seconds(3)};
  GuestList guests_{limits_};
  std::uint64_t id_ = 0;
};

TEST_F(GuestListTest, AMachineGetsAQuarterByTlsAndLeavesOthersTheirs) {
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(Come(Door::kTls, "192.168.1.7"));
  EXPECT_FALSE(Come(Door::kTls, "192.168.1.7"));
  EXPECT_TRUE(Come(Door::kTls, "192.168.1.8"));
}

TEST_F(GuestListTest, TheUnixSocketAlwaysHasAQuarter) {
  for (int i = 0; i < 40; ++i) {
    Come(Door::kLoopback, "this computer");
    Come(Door::kTls, std::to_string(i));
  }
  EXPECT_EQ(guests_.inside(Door::kLoopback) + guests_.inside(Door::kTls), 12u);
  EXPECT_LE(guests_.inside(Door::kLoopback), 8u);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(Come(Door::kUnix, "process 1"));
  EXPECT_EQ(guests_.inside(), 16u);
}

TEST_F(GuestListTest, InTheWayAreThoseOfTheSameHostThenOfTheSameDoorAndNobodyByAUnixSocket) {
  ASSERT_TRUE(Come(Door::kUnix, "process 1"));                               // 1
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Come(Door::kTls, "192.168.1.7"));  // 2 to 5
  ASSERT_FALSE(Come(Door::kTls, "192.168.1.7"));                             // 6
  EXPECT_EQ(guests_.InTheWayOf(6), (std::vector<std::uint64_t>{2, 3, 4, 5}));
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Come(Door::kTls, "192.168.1.8"));  // 7 to 10
  ASSERT_FALSE(Come(Door::kTls, "192.168.1.9"));                             // 11
  EXPECT_EQ(guests_.InTheWayOf(11).size(), 8u);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Come(Door::kLoopback, "this computer"));
  ASSERT_FALSE(Come(Door::kLoopback, "this computer")) << "the TCP doors have their three quarters";
  EXPECT_EQ(guests_.InTheWayOf(16).size(), 12u);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Come(Door::kUnix, "process 1"));
  ASSERT_FALSE(Come(Door::kUnix, "process 1"));
  EXPECT_TRUE(guests_.InTheWayOf(20).empty());
}

TEST_F(GuestListTest, WhoLeavesMakesRoom) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Come(Door::kUnix, "process 1"));
  ASSERT_FALSE(Come(Door::kUnix, "process 1"));
  guests_.Leave(1);
  EXPECT_TRUE(Come(Door::kUnix, "process 1"));
}

TEST_F(GuestListTest, OfTooManyThatWaitTheLongestOfTheirHostGoes) {
  Arrive(1, Door::kTls, "quiet", kNow);
  Arrive(2, Door::kTls, "flood", kNow);
  Arrive(3, Door::kTls, "flood", kNow);
  EXPECT_EQ(Arrive(4, Door::kTls, "flood", kNow), 2u) << "two of a host may wait";
}

TEST_F(GuestListTest, OfTooManyThatWaitInAllTheLongestGoes) {
  for (std::uint64_t id = 1; id <= 8; ++id) {
    EXPECT_FALSE(Arrive(id, Door::kTls, std::to_string(id), kNow));
  }
  EXPECT_EQ(Arrive(9, Door::kTls, "9", kNow), 1u);
}

TEST_F(GuestListTest, InTheWayAtADoorIsTheLongestOfTheHostThatHasMostWaiting) {
  EXPECT_EQ(guests_.InTheWayAt(Door::kTls), std::nullopt);
  guests_.Arrive(1, Door::kUnix, "process 1", kNow);
  guests_.Arrive(2, Door::kTls, "192.168.1.8", kNow);
  guests_.Arrive(3, Door::kTls, "192.168.1.7", kNow);
  EXPECT_EQ(guests_.InTheWayAt(Door::kTls), 2u) << "as many of each";
  guests_.Arrive(4, Door::kTls, "192.168.1.7", kNow);
  EXPECT_EQ(guests_.InTheWayAt(Door::kTls), 3u);
  ASSERT_TRUE(guests_.Enter(3));
  EXPECT_EQ(guests_.InTheWayAt(Door::kTls), 2u) << "who is in does not wait";
}

TEST_F(GuestListTest, WhoIsInDoesNotWait) {
  ASSERT_TRUE(Come(Door::kTls, "a"));
  Arrive(2, Door::kTls, "b", kNow);
  EXPECT_EQ(guests_.NextDeadline(), kNow + limits_.patience);
  EXPECT_TRUE(guests_.Overdue(kNow + limits_.patience - Nanos(1)).empty());
  EXPECT_EQ(guests_.Overdue(kNow + limits_.patience), std::vector<std::uint64_t>{2});
  guests_.Leave(2);
  EXPECT_EQ(guests_.NextDeadline(), std::nullopt);
}

}  // namespace
}  // namespace soarm
