// `soarm` on another machine: what it calls robots, and what it hears once it is cut off.

#include <cstdio>
#include <filesystem>
#include <future>
#include <stop_token>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cpp/connection.h"
#include "clients/cpp/paired_robots.h"
#include "clients/tools/soarm/commands/commands.h"
#include "tests/component/cli/run_cli.h"
#include "tests/system/remote_robot.h"

namespace soarm::test {
namespace {

using testing::HasSubstr;

// A laptop with a folder of its own for its robots.
class Laptop {
 public:
  Outcome Run(const std::vector<std::string>& arguments) const {
    client::Surroundings surroundings = client::ReadSurroundings();
    surroundings.server_variable = "";
    surroundings.config_folder = folder();
    return RunCli(arguments, {}, surroundings);
  }
  std::string folder() const { return home_.File("soarm"); }

 private:
  const TemporaryFolder home_;
};

TEST(PairCommandTest, TwoRobotsOfOneNameAreTwoRobots) {
  Robot first;
  Robot second;
  const Laptop laptop;
  const Outcome one = laptop.Run({"pair", "join", first.Offer().ToString()});
  ASSERT_EQ(one.exit_code, 0) << one.err;
  const std::vector<std::string> names = client::PairedRobotNames(laptop.folder());
  ASSERT_EQ(names.size(), 1U);
  const std::string& name = names[0];
  const std::string print = client::FingerprintOfPaired(laptop.folder(), name);

  const tls::JoinString join = second.Offer();
  const Outcome taken = laptop.Run({"pair", "join", join.ToString(), "--name", name});
  EXPECT_EQ(taken.exit_code, 4) << taken.out;
  EXPECT_THAT(taken.err, HasSubstr("Another robot is paired under the name " + name));
  EXPECT_TRUE(second.Pairing().open()) << "nothing was sent, and the string is good";

  const Outcome two = laptop.Run({"pair", "join", join.ToString()});
  EXPECT_EQ(two.exit_code, 0) << two.err;
  EXPECT_THAT(two.out, HasSubstr("paired with " + name + "-2 "));
  EXPECT_THAT(two.err, HasSubstr("another one is kept here under that name"));
  EXPECT_EQ(client::FingerprintOfPaired(laptop.folder(), name), print);
  EXPECT_EQ(client::FingerprintOfPaired(laptop.folder(), name + "-2"), join.fingerprint);

  // Either of them again is itself.
  for (Robot* robot : {&first, &second}) {
    EXPECT_EQ(laptop.Run({"pair", "join", robot->Offer().ToString()}).exit_code, 0);
  }
  EXPECT_EQ(client::PairedRobotNames(laptop.folder()).size(), 2U);
  EXPECT_EQ(laptop.Run({"--server", name, "info"}).exit_code, 0);
}

TEST(PairCommandTest, AnAdminThatRevokesItselfIsToldThatItIsDone) {
  Robot robot;
  const Laptop laptop;
  const std::string join = robot.Offer(v1::ADMIN).ToString();
  ASSERT_EQ(laptop.Run({"pair", "join", join, "--name", "bench"}).exit_code, 0);
  const std::string self = (*client::FindPairedRobot(laptop.folder(), "bench"))->client;
  const Outcome outcome = laptop.Run({"--server", "bench", "pair", "revoke", self});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "revoked: " + self + "\n");
  const Outcome after = laptop.Run({"--server", "bench", "status"});
  EXPECT_EQ(after.exit_code, 4);
  EXPECT_THAT(after.err, HasSubstr("revoked"));
}

TEST(PairCommandTest, APingEndsWhenItsClientIsRevoked) {
  Robot robot;
  const Laptop laptop;
  ASSERT_EQ(laptop.Run({"pair", "join", robot.Offer().ToString(), "--name", "bench"}).exit_code, 0);
  const std::string self = (*client::FindPairedRobot(laptop.folder(), "bench"))->client;
  auto ping = std::async(std::launch::async, [&] {
    return laptop.Run({"--server", "bench", "ping", "--every", "5ms"});
  });
  EXPECT_TRUE(Eventually([&] {
    const auto status = robot.daemon().connection().Call(client::kGetStatus, {});
    return status.ok() && status->connections().served() > 1;
  }));
  robot.Revoke(self);
  const Outcome outcome = ping.get();
  EXPECT_EQ(outcome.exit_code, 4) << outcome.out;
  EXPECT_THAT(outcome.err, HasSubstr("revoked"));
}

TEST(PairCommandTest, WhatIsWrongWithAKeyIsSaid) {
  Robot robot;
  const Laptop laptop;
  for (const char* name : {"bench", "other"}) {
    ASSERT_EQ(laptop.Run({"pair", "join", robot.Offer().ToString(), "--name", name}).exit_code, 0);
  }
  const std::string robots = laptop.folder() + "/robots/";
  std::filesystem::copy_file(robots + "other/client.key", robots + "bench/client.key",
                             std::filesystem::copy_options::overwrite_existing);
  const Outcome outcome = laptop.Run({"--server", "bench", "status"});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("bench/client.key cannot be used"));
}

}  // namespace
}  // namespace soarm::test
