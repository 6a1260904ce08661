#include "server/service/edge/caller.h"

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "server/config/client_book.h"
#include "tests/fakes/fake_remote_callers.h"

namespace soarm {
namespace {

class CallerTest : public testing::Test {
 protected:
  absl::StatusOr<Caller> Find(std::string_view peer) {
    return Caller::OfPeer(peer, {clients_, remote_, audit_});
  }
  Caller Of(std::string_view peer) {
    auto caller = Find(peer);
    EXPECT_TRUE(caller.ok()) << peer << ": " << caller.status();
    return *std::move(caller);
  }
  void Pair(const std::string& name, const std::string& fingerprint, ClientRole role) {
    EXPECT_TRUE(clients_.Add({name, fingerprint, role}).ok());
  }

  ClientBook clients_{""};
  FakeRemoteCallers remote_;
  NoAudit audit_;
};

TEST_F(CallerTest, IsTheSameHostByEveryConnection) {
  const Caller first = Of("ipv4:127.0.0.1:46372");
  EXPECT_EQ(first.connection(), "ipv4:127.0.0.1:46372");
  EXPECT_EQ(first.host(), "ipv4:127.0.0.1");
  EXPECT_EQ(first.host(), Of("ipv4:127.0.0.1:46374").host());
}

TEST_F(CallerTest, HasAnAddressOfVersionSixWithItsBrackets) {
  const Caller caller = Of("ipv6:%5B::1%5D:46372");
  EXPECT_EQ(caller.connection(), "ipv6:[::1]:46372");
  EXPECT_EQ(caller.host(), "ipv6:[::1]");
  EXPECT_EQ(Of("ipv6:[::1]:46372").host(), caller.host());
}

TEST_F(CallerTest, IsNotTheNameThatItGaveItsEnd) {
  for (const char* peer : {"unix:", "unix-abstract:anything", "unix:/tmp/anything"}) {
    EXPECT_EQ(Of(peer).connection(), "unix:") << peer;
    EXPECT_EQ(Of(peer).host(), "unix:") << peer;
    EXPECT_EQ(Of(peer).client_name(), std::nullopt) << peer;
  }
}

TEST_F(CallerTest, MayWhatItsListenerAllows) {
  struct {
    const char* peer;
    ListenerKind listener;
    ClientRole role;
    LeaseClass highest;
  } const cases[] = {
      {"unix:", ListenerKind::kUnix, ClientRole::kAdmin, LeaseClass::kSupervisor},
      {"unix-abstract:x", ListenerKind::kUnix, ClientRole::kAdmin, LeaseClass::kSupervisor},
      {"unknown", ListenerKind::kProcess, ClientRole::kAdmin, LeaseClass::kSupervisor},
      {"ipv4:127.0.0.1:1", ListenerKind::kLoopback, ClientRole::kOperator, LeaseClass::kTeleop},
      {"ipv6:%5B::1%5D:1", ListenerKind::kLoopback, ClientRole::kOperator, LeaseClass::kTeleop},
      {"vsock:3:1", ListenerKind::kOther, ClientRole::kViewer, LeaseClass::kObserver},
      {"", ListenerKind::kOther, ClientRole::kViewer, LeaseClass::kObserver},
  };
  for (const auto& each : cases) {
    const Caller caller = Of(each.peer);
    EXPECT_EQ(caller.listener(), each.listener) << each.peer;
    EXPECT_EQ(caller.role(), each.role) << each.peer;
    EXPECT_EQ(caller.highest_lease_class(), each.highest) << each.peer;
  }
}

TEST_F(CallerTest, ByTlsIsItsPairing) {
  remote_.callers["soarm-remote-1"] = {"192.168.1.7", "aa"};
  remote_.callers["soarm-remote-2"] = {"fe80::1", "bb"};
  remote_.callers["a name [with] % and \xff"] = {"192.168.1.8", "cc"};
  Pair("laptop", "aa", ClientRole::kViewer);
  Pair("policy", "bb", ClientRole::kOperator);
  Pair("bench", "cc", ClientRole::kAdmin);
  struct {
    const char* peer;
    const char* shown;
    ClientRole role;
    LeaseClass highest;
  } const cases[] = {
      {"unix-abstract:soarm-remote-1", "client laptop (192.168.1.7)", ClientRole::kViewer,
       LeaseClass::kObserver},
      {"unix-abstract:soarm-remote-2", "client policy (fe80::1)", ClientRole::kOperator,
       LeaseClass::kTeleop},
      {"unix-abstract:a%20name%20%5Bwith%5D%20%25%20and%20%FF", "client bench (192.168.1.8)",
       ClientRole::kAdmin, LeaseClass::kSupervisor},
  };
  for (const auto& each : cases) {
    const Caller caller = Of(each.peer);
    EXPECT_EQ(caller.listener(), ListenerKind::kTls) << each.peer;
    EXPECT_EQ(caller.connection(), each.shown);
    EXPECT_EQ(caller.host(), each.shown);
    EXPECT_EQ(caller.role(), each.role) << each.peer;
    EXPECT_EQ(caller.highest_lease_class(), each.highest) << each.peer;
  }
  EXPECT_EQ(Of("unix-abstract:soarm-remote-1").client_name(), "laptop");
}

TEST_F(CallerTest, ByTlsIsNobodyWithoutAPairing) {
  remote_.callers["soarm-remote-1"] = {"192.168.1.7", "aa"};
  const absl::StatusOr<Caller> unknown = Find("unix-abstract:soarm-remote-1");
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ProblemOf(unknown.status()).reason, "CLIENT_UNKNOWN");

  Pair("laptop", "aa", ClientRole::kAdmin);
  EXPECT_TRUE(Find("unix-abstract:soarm-remote-1").ok());
  ASSERT_TRUE(clients_.Revoke("laptop").ok());
  const absl::StatusOr<Caller> revoked = Find("unix-abstract:soarm-remote-1");
  EXPECT_EQ(revoked.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ProblemOf(revoked.status()).reason, "CLIENT_REVOKED");
  EXPECT_EQ(ProblemOf(revoked.status()).subject, "laptop");
}

// What was asked last may come to be answered when its connection is forgotten already.
TEST_F(CallerTest, WhoseConnectionByTlsHasEndedDidNotComeByTheUnixSocket) {
  const Caller caller = Of("unix-abstract:soarm-remote-gone");
  EXPECT_EQ(caller.listener(), ListenerKind::kOther);
  EXPECT_EQ(caller.role(), ClientRole::kViewer) << "it may stop";
  EXPECT_EQ(caller.host(), "client that is gone");
}

TEST_F(CallerTest, WhoseConnectionByTlsHasEndedHasItsNameAndNoMoreRightsThanNobody) {
  remote_.ended["soarm-remote-1"] = {"192.168.1.7", "aa"};
  remote_.ended["soarm-remote-2"] = {"192.168.1.8", "bb"};
  Pair("bench", "aa", ClientRole::kAdmin);
  const auto expect_gone = [this](const char* shown) {
    const Caller caller = Of("unix-abstract:soarm-remote-1");
    EXPECT_EQ(caller.connection(), shown);
    EXPECT_EQ(caller.host(), shown);
    EXPECT_EQ(caller.listener(), ListenerKind::kOther);
    EXPECT_EQ(caller.role(), ClientRole::kViewer);
    EXPECT_EQ(caller.client_name(), std::nullopt);
  };
  expect_gone("client bench (gone)");
  ASSERT_TRUE(clients_.Revoke("bench").ok());
  expect_gone("client bench (gone)");
  EXPECT_EQ(Of("unix-abstract:soarm-remote-2").host(), "client that is gone") << "never paired";
}

TEST_F(CallerTest, ShowsNothingThatATerminalWouldObey) {
  EXPECT_EQ(Of("\x1b[2Jother").connection(), "?[2Jother");
  EXPECT_EQ(Of("%1B[2Jother").connection(), "?[2Jother");
}

TEST_F(CallerTest, MayHaveAPeerThatIsWrittenBadly) {
  for (const char* peer : {"%", "%5", "%zz", "ipv4:", "unix-abstract:", "unix-abstract:%"}) {
    EXPECT_TRUE(Find(peer).ok()) << peer;
  }
}

}  // namespace
}  // namespace soarm
