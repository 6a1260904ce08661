#pragma once

#include <string>

#include <gtest/gtest.h>

#include "clients/cpp/pairing.h"
#include "common/base/problem.h"
#include "common/tls/join_string.h"
#include "tests/system/driving.h"

namespace soarm::test {

inline std::string ReasonOf(const absl::Status& status) {
  return status.ok() ? "" : ProblemOf(status).reason;
}

// A robot that listens for other machines, on loopback, and pairs at a free port.
class Robot {
 public:
  Robot() : daemon_(folder_, {"--sim", "--listen", "tls:127.0.0.1:0"}) {}

  RunningDaemon& daemon() { return daemon_; }
  const TemporaryFolder& folder() const { return folder_; }

  tls::JoinString Offer(v1::Access role = v1::OPERATOR) {
    v1::OpenPairingRequest request;
    request.set_role(role);
    const auto offer = daemon_.connection().Call(client::kOpenPairing, request);
    EXPECT_TRUE(offer.ok()) << offer.status();
    auto join = tls::ParseJoinString(offer.ok() ? offer->join_string() : "");
    EXPECT_TRUE(join.ok()) << join.status();
    return join.ok() ? *std::move(join) : tls::JoinString{};
  }
  v1::PairingState Pairing() {
    const auto state = daemon_.connection().Call(client::kGetPairing, {});
    EXPECT_TRUE(state.ok()) << state.status();
    return state.ok() ? *state : v1::PairingState();
  }
  client::PairedRobot Pair(v1::Access role = v1::OPERATOR) {
    auto paired = client::JoinRobot(Offer(role), "laptop");
    EXPECT_TRUE(paired.ok()) << paired.status();
    return paired.ok() ? *std::move(paired) : client::PairedRobot{};
  }
  void Revoke(const std::string& name) {
    v1::RevokeClientRequest request;
    request.set_client(name);
    EXPECT_TRUE(daemon_.connection().Call(client::kRevokeClient, request).ok());
  }

 private:
  const TemporaryFolder folder_;
  RunningDaemon daemon_;
};

}  // namespace soarm::test
