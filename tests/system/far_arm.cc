#include "tests/system/far_arm.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "clients/cpp/methods.h"
#include "clients/cpp/pairing.h"
#include "common/tls/join_string.h"
#include "tests/system/driving.h"

namespace soarm::test {
namespace {

client::PairedRobot Pair(client::Connection& robot) {
  const auto offer = robot.Call(client::kOpenPairing, {});
  EXPECT_TRUE(offer.ok()) << offer.status();
  const auto join = tls::ParseJoinString(offer.ok() ? offer->join_string() : "");
  EXPECT_TRUE(join.ok()) << join.status();
  auto paired = client::JoinRobot(join.ok() ? *join : tls::JoinString{}, "laptop");
  EXPECT_TRUE(paired.ok()) << paired.status();
  return paired.ok() ? *std::move(paired) : client::PairedRobot{};
}

std::unique_ptr<client::Connection> ConnectTo(client::PairedRobot robot, const ImpairedLink& link) {
  robot.hosts = {ImpairedLink::kHost};
  robot.port = link.port();
  auto connection = client::Connection::Open(client::AddressOf(robot), Process::kPatience);
  EXPECT_TRUE(connection.ok()) << connection.status();
  return connection.ok() ? *std::move(connection) : nullptr;
}

}  // namespace

FarArm::FarArm() {
  if (!daemon.WaitForFreshJoints(6)) {
    ADD_FAILURE() << "the joints are not all fresh";
    return;
  }
  paired = Pair(daemon.connection());
  link.emplace(std::string(ImpairedLink::kHost) + ":" + std::to_string(paired.port));
  laptop = ConnectTo(paired, *link);
  if (laptop != nullptr) lease = Energise(*laptop);
}

}  // namespace soarm::test
