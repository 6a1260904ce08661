#include "server/service/edge/caller.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

TEST(CallerTest, IsTheSameHostByEveryConnection) {
  const Caller first = Caller::OfPeer("ipv4:127.0.0.1:46372");
  EXPECT_EQ(first.connection(), "ipv4:127.0.0.1:46372");
  EXPECT_EQ(first.host(), "ipv4:127.0.0.1");
  EXPECT_EQ(first.host(), Caller::OfPeer("ipv4:127.0.0.1:46374").host());
}

TEST(CallerTest, HasAnAddressOfVersionSixWithItsBrackets) {
  const Caller caller = Caller::OfPeer("ipv6:%5B::1%5D:46372");
  EXPECT_EQ(caller.connection(), "ipv6:[::1]:46372");
  EXPECT_EQ(caller.host(), "ipv6:[::1]");
  EXPECT_EQ(Caller::OfPeer("ipv6:[::1]:46372").host(), caller.host());
}

TEST(CallerTest, IsNotTheNameThatItGaveItsEnd) {
  for (const char* peer : {"unix:", "unix-abstract:anything", "unix:/tmp/anything"}) {
    EXPECT_EQ(Caller::OfPeer(peer).connection(), "unix:") << peer;
    EXPECT_EQ(Caller::OfPeer(peer).host(), "unix:") << peer;
  }
}

TEST(CallerTest, MayHaveTheLeasesOfItsListener) {
  struct {
    const char* peer;
    ListenerKind listener;
    LeaseClass highest;
  } const cases[] = {
      {"unix:", ListenerKind::kUnix, LeaseClass::kSupervisor},
      {"unix-abstract:anything", ListenerKind::kUnix, LeaseClass::kSupervisor},
      {"ipv4:127.0.0.1:1", ListenerKind::kLoopback, LeaseClass::kTeleop},
      {"ipv6:%5B::1%5D:1", ListenerKind::kLoopback, LeaseClass::kTeleop},
      {"inproc", ListenerKind::kOther, LeaseClass::kTeleop},
      {"vsock:3:1", ListenerKind::kOther, LeaseClass::kTeleop},
      {"", ListenerKind::kOther, LeaseClass::kTeleop},
  };
  for (const auto& each : cases) {
    const Caller caller = Caller::OfPeer(each.peer);
    EXPECT_EQ(caller.listener(), each.listener) << each.peer;
    EXPECT_EQ(caller.highest_lease_class(), each.highest) << each.peer;
  }
}

TEST(CallerTest, ShowsNothingThatATerminalWouldObey) {
  EXPECT_EQ(Caller::OfPeer("\x1b[2Jother").connection(), "?[2Jother");
}

}  // namespace
}  // namespace soarm
