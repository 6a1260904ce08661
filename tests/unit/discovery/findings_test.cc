#include "clients/discovery/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soarm::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kPrint(64, 'a');

Sighting At(const std::string& host, const std::string& name = "bench") {
  return {.name = name,
          .host = host,
          .port = 50252,
          .about = {"version=0.1.0", "api=soarm.v1", "fingerprint=" + kPrint}};
}

TEST(FindingsTest, ARobotIsFoundOnceWithAllItsAddressesTheBestFirst) {
  Findings findings;
  for (const char* host : {"fe80::1%eth0", "fd00::1", "192.168.1.20", "fd00::1"}) {
    findings.Add(At(host));
  }
  const auto robots = findings.Robots();
  ASSERT_THAT(robots, SizeIs(1));
  EXPECT_EQ(robots[0].name, "bench");
  EXPECT_EQ(robots[0].version, "0.1.0");
  EXPECT_EQ(robots[0].fingerprint, kPrint);
  EXPECT_THAT(robots[0].addresses,
              ElementsAre("192.168.1.20:50252", "[fd00::1]:50252", "[fe80::1%eth0]:50252"));
}

TEST(FindingsTest, WhoSaysAnothersNameIsAnother) {
  Findings findings;
  findings.Add(At("10.0.0.1"));
  Sighting other = At("10.0.0.2");
  other.about = {"fingerprint=" + std::string(64, 'b')};
  findings.Add(other);
  EXPECT_THAT(findings.Robots(), SizeIs(2));
}

TEST(FindingsTest, WhatComesFromTheNetworkIsFitForATerminal) {
  Findings findings;
  Sighting rude = At("10.0.0.1", "a\x1b[2J\xe2\x80\xae" + std::string(500, 'x'));
  rude.about = {"version=1\n2" + std::string(500, 'y'), "fingerprint=\x1b]0;owned\x07", "nonsense",
                ""};
  findings.Add(rude);
  const auto robots = findings.Robots();
  ASSERT_THAT(robots, SizeIs(1));
  EXPECT_LE(robots[0].name.size(), 63u);
  EXPECT_LE(robots[0].version.size(), 32u);
  EXPECT_EQ(robots[0].fingerprint, "");
  for (const char c : robots[0].name + robots[0].version) EXPECT_GE(c, ' ');
  EXPECT_EQ(robots[0].name.find("\xe2\x80\xae"), std::string::npos);
}

TEST(FindingsTest, WhatIsNoRobotIsNone) {
  Findings findings;
  findings.Add(At("10.0.0.1", ""));
  findings.Add(At("10.0.0.1", "\t \n"));
  findings.Add(At(""));
  Sighting closed = At("10.0.0.1");
  closed.port = 0;
  findings.Add(closed);
  EXPECT_THAT(findings.Robots(), IsEmpty());
}

TEST(FindingsTest, AFloodEndsAtALimitAndIsCounted) {
  Findings findings;
  for (int i = 0; i < 150; ++i) findings.Add(At("10.0.0.1", "robot-" + std::to_string(i)));
  EXPECT_THAT(findings.Robots(), SizeIs(Findings::kMostRobots));
  EXPECT_EQ(findings.left_out(), 50u);
  for (int i = 2; i < 20; ++i) findings.Add(At("10.0.0." + std::to_string(i), "robot-0"));
  EXPECT_THAT(findings.Robots()[0].addresses, SizeIs(Findings::kMostAddresses));
  EXPECT_EQ(findings.left_out(), 61u);
}

}  // namespace
}  // namespace soarm::client
