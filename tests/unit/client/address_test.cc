#include "clients/cpp/address.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/problem.h"

namespace soarm::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Surroundings Nobody() {
  return {.server_variable = "",
          .runtime_dir = "/run/user/7",
          .root = false,
          .config_folder = "",
          .listens = [](const std::string&) { return false; }};
}

Surroundings OneAt(const std::string& socket) {
  Surroundings surroundings = Nobody();
  surroundings.listens = [socket](const std::string& path) { return path == socket; };
  return surroundings;
}

Address Resolve(const std::string& server, const Surroundings& surroundings) {
  const auto address = ResolveAddress(server, surroundings);
  EXPECT_TRUE(address.ok()) << server;
  return address.ok() ? *address : Address{};
}

TEST(AddressTest, TheFlagWinsOverTheVariableAndTheVariableOverDefaults) {
  Surroundings surroundings = OneAt("/run/user/7/soarm/soarmd.sock");
  EXPECT_EQ(Resolve("", surroundings).target, "unix:/run/user/7/soarm/soarmd.sock");
  surroundings.server_variable = "localhost:50251";
  EXPECT_EQ(Resolve("", surroundings).target, "localhost:50251");
  EXPECT_EQ(Resolve("unix:/tmp/s", surroundings).target, "unix:/tmp/s");
}

TEST(AddressTest, WithoutASocketTheDefaultPortIsUsed) {
  const Address address = Resolve("", Nobody());
  EXPECT_EQ(address.target, "127.0.0.1:50251");
  EXPECT_TRUE(address.chosen_by_default);
}

TEST(AddressTest, ADefaultAddressStillStopsThroughEveryDefaultSocket) {
  EXPECT_THAT(Resolve("", Nobody()).stop_sockets,
              ElementsAre("/run/user/7/soarm/soarmd.sock.stop", "/run/soarm/soarmd.sock.stop"));
}

TEST(AddressTest, RootUsesTheSystemSocketOnly) {
  Surroundings surroundings = OneAt("/run/soarm/soarmd.sock");
  surroundings.root = true;
  const Address address = Resolve("", surroundings);
  EXPECT_EQ(address.target, "unix:/run/soarm/soarmd.sock");
  EXPECT_THAT(address.stop_sockets, ElementsAre("/run/soarm/soarmd.sock.stop"));
}

TEST(AddressTest, TheUsualPlacesAreEveryOneOfThemForRootToo) {
  for (const bool root : {false, true}) {
    Surroundings surroundings = Nobody();
    surroundings.root = root;
    std::vector<std::string> targets;
    for (const Address& place : UsualPlaces(surroundings)) targets.push_back(place.target);
    EXPECT_THAT(targets, ElementsAre("unix:/run/user/7/soarm/soarmd.sock",
                                     "unix:/run/soarm/soarmd.sock", "127.0.0.1:50251"));
    EXPECT_THAT(UsualPlaces(surroundings)[1].stop_sockets,
                ElementsAre("/run/soarm/soarmd.sock.stop"));
    surroundings.server_variable = "unix:/tmp/s";
    EXPECT_EQ(UsualPlaces(surroundings)[0].target, "unix:/tmp/s");
    EXPECT_THAT(UsualPlaces(surroundings)[0].stop_sockets, ElementsAre("/tmp/s.stop"));
    surroundings.server_variable = "unix:";
    EXPECT_EQ(UsualPlaces(surroundings).size(), 3U);
  }
}

TEST(AddressTest, FormsAreNormalised) {
  EXPECT_EQ(Resolve("/tmp/s", Nobody()).target, "unix:/tmp/s");
  EXPECT_EQ(Resolve("unix:///tmp/s", Nobody()).target, "unix:/tmp/s");
  EXPECT_EQ(Resolve("unix:s", Nobody()).target, "unix:s");
  EXPECT_THAT(Resolve("unix:/tmp/s", Nobody()).stop_sockets, ElementsAre("/tmp/s.stop"));
  EXPECT_EQ(Resolve("localhost", Nobody()).target, "localhost:50251");
  EXPECT_EQ(Resolve("[::1]:7", Nobody()).target, "[::1]:7");
  EXPECT_EQ(Resolve("[::1]", Nobody()).target, "[::1]:50251");
  EXPECT_THAT(Resolve("127.0.0.1:7", Nobody()).stop_sockets, IsEmpty());
}

TEST(AddressTest, NonsenseIsRefused) {
  const std::string too_long = "unix:/" + std::string(200, 'x');
  for (const std::string& text : {std::string("unix:"), std::string(":1"), std::string("pi:"),
                                  std::string("pi:0"), std::string("pi:65536"), std::string("pi:x"),
                                  std::string("a b:1"), std::string("::1:7"), too_long}) {
    const auto address = ResolveAddress(text, Nobody());
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(ProblemOf(address.status()).reason, "BAD_ADDRESS");
  }
}

}  // namespace
}  // namespace soarm::client
