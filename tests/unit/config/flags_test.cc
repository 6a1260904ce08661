#include "server/config/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soarm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::variant<DaemonFlags, FlagExit> ParseAny(std::vector<const char*> args) {
  args.insert(args.begin(), "soarmd");
  return ParseDaemonFlags(static_cast<int>(args.size()), args.data(), "1.2.3");
}

DaemonFlags Parse(const std::vector<const char*>& args) {
  auto parsed = ParseAny(args);
  if (const auto* ended = std::get_if<FlagExit>(&parsed)) ADD_FAILURE() << ended->err;
  return std::holds_alternative<DaemonFlags>(parsed) ? std::get<DaemonFlags>(parsed)
                                                     : DaemonFlags{};
}

FlagExit ParseEnd(const std::vector<const char*>& args) {
  auto parsed = ParseAny(args);
  return std::holds_alternative<FlagExit>(parsed) ? std::get<FlagExit>(parsed)
                                                  : FlagExit{-1, "", ""};
}

TEST(FlagsTest, SimTakesAModelOrNone) {
  EXPECT_FALSE(Parse({}).sim);
  EXPECT_TRUE(Parse({"--sim"}).sim);
  EXPECT_TRUE(Parse({"--sim"}).models.empty());
  EXPECT_TRUE(Parse({"--sim", "--log-level", "warn"}).models.empty());
  EXPECT_THAT(Parse({"--sim", "so101,left=so101_leader"}).models,
              ElementsAre(NamedValue{"", "so101"}, NamedValue{"left", "so101_leader"}));
}

TEST(FlagsTest, PortsAndListenersRepeat) {
  const DaemonFlags flags = Parse({"--port", "/dev/a", "--port", "left=/dev/b", "--leader-port",
                                   "/dev/c", "--listen", "unix:/tmp/x", "--listen", "[::1]:0"});
  EXPECT_THAT(flags.ports, ElementsAre(NamedValue{"", "/dev/a"}, NamedValue{"left", "/dev/b"}));
  EXPECT_THAT(flags.leader_ports, ElementsAre(NamedValue{"", "/dev/c"}));
  EXPECT_THAT(flags.listen, ElementsAre("unix:/tmp/x", "[::1]:0"));
}

TEST(FlagsTest, RateIsANumberOrMax) {
  EXPECT_EQ(Parse({"--rate-hz", "100"}).rate_hz, 100);
  EXPECT_EQ(Parse({"--rate-hz", "max"}).rate_hz, 0);
  EXPECT_FALSE(Parse({}).rate_hz.has_value());
}

TEST(FlagsTest, HelpAndVersionEndWell) {
  const FlagExit help = ParseEnd({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* flag : {"--config", "--sim", "--port", "--leader-port", "--listen",
                           "--state-dir", "--check-config", "--version", "--log-level"}) {
    EXPECT_THAT(help.out, HasSubstr(flag));
  }
  for (const char* kept :
       {"stops that stand", "saved poses", "keys for", "paired clients", "audit log"}) {
    EXPECT_THAT(help.out, HasSubstr(kept)) << "what the state directory is for";
  }
  EXPECT_THAT(help.out, HasSubstr("tls:ADDR:PORT"));
  const FlagExit version = ParseEnd({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out, "soarmd 1.2.3\n");
}

struct BadFlags {
  const char* label;
  std::vector<const char*> args;
  const char* says;
};

class BadFlagsTest : public ::testing::TestWithParam<BadFlags> {};

TEST_P(BadFlagsTest, EndWithCodeTwoAndTheFix) {
  const FlagExit ended = ParseEnd(GetParam().args);
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr(GetParam().says));
  EXPECT_EQ(ended.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadFlagsTest,
    ::testing::Values(BadFlags{"Unknown", {"--wrong"}, "--wrong"},
                      BadFlags{"Positional", {"arm"}, "arm"},
                      BadFlags{"Model", {"--sim", "so102"}, "use one of so101"},
                      BadFlags{"ModelName", {"--sim", "A=so101"}, "not a name"},
                      BadFlags{"EmptyModel", {"--sim", "so101,,so101"}, "no robot model"},
                      BadFlags{"PortName", {"--port", "A b=/dev/x"}, "not a name"},
                      BadFlags{"PortEmpty", {"--port", "left="}, "write [NAME=]PATH"},
                      BadFlags{"Address", {"--listen", "nowhere"}, "unix:PATH"},
                      BadFlags{"WideAddress", {"--listen", "0.0.0.0:1"}, "tls:0.0.0.0"},
                      BadFlags{"PortNumber", {"--listen", "127.0.0.1:99999"}, "unix:PATH"},
                      BadFlags{"Rate", {"--rate-hz", "0"}, "max"},
                      BadFlags{"NoConfig", {"--config", ""}, "--config"},
                      BadFlags{"NoConfigEither", {"--config="}, "--config"},
                      BadFlags{"NoStateDir", {"--state-dir", ""}, "--state-dir"},
                      BadFlags{"SlowRate", {"--rate-hz", "1e-9"}, "at least 50, or max: a slower"},
                      BadFlags{"RateNan", {"--rate-hz", "nan"}, "50 to 1000"},
                      BadFlags{"Level", {"--log-level", "x"}, "x"},
                      BadFlags{"SimOnly", {"--sim-seed", "3"}, "--sim"}),
    [](const auto& row) { return std::string(row.param.label); });

std::variant<SimFlags, FlagExit> ParseSim(std::vector<const char*> args) {
  args.insert(args.begin(), "soarm-sim");
  return ParseSimFlags(static_cast<int>(args.size()), args.data(), "1.2.3");
}

TEST(SimFlagsTest, ReadsEveryFlag) {
  const auto parsed =
      ParseSim({"--robot", "lekiwi", "--link", "/tmp/l", "--control", "unix:/tmp/c", "--firmware",
                "3.9", "--supply-v", "7.4", "--seed", "5", "--free-run", "--timing", "usb1ms",
                "--uncalibrated", "--box", "6"});
  ASSERT_TRUE(std::holds_alternative<SimFlags>(parsed)) << std::get<FlagExit>(parsed).err;
  const SimFlags& flags = std::get<SimFlags>(parsed);
  EXPECT_EQ(flags.robot, "lekiwi");
  EXPECT_EQ(flags.link, "/tmp/l");
  EXPECT_EQ(flags.control, "unix:/tmp/c");
  EXPECT_EQ(flags.firmware, "3.9");
  EXPECT_EQ(flags.supply_v, 7.4);
  EXPECT_EQ(flags.seed, 5U);
  EXPECT_TRUE(flags.free_run && flags.uncalibrated);
  EXPECT_EQ(flags.timing, "usb1ms");
  EXPECT_EQ(flags.box, 6);
}

TEST(SimFlagsTest, RefusesWhatIsNoLinkOrNoVoltage) {
  for (const auto& args : {std::vector<const char*>{"--link", ""},
                           {"--link", "/tmp/l", "--supply-v", "nan"},
                           {"--link", "/tmp/l", "--supply-v", "16"},
                           {"--link", "/tmp/l", "--supply-v", "-1"}}) {
    const auto parsed = ParseSim(args);
    ASSERT_TRUE(std::holds_alternative<FlagExit>(parsed)) << ::testing::PrintToString(args);
    EXPECT_EQ(std::get<FlagExit>(parsed).code, 2);
  }
}

TEST(FlagsTest, WhatIsWrongIsToldWithoutTurningATerminalsHead) {
  const FlagExit ended = ParseEnd({"--log-level", "\x1b[2J\u202e"});
  for (const char* raw : {"\x1b", "\u202e"}) EXPECT_THAT(ended.err, testing::Not(HasSubstr(raw)));
  EXPECT_THAT(ended.err, HasSubstr("[2J"));
  EXPECT_EQ(ended.err.back(), '\n');
}

TEST(SimFlagsTest, NeedsALink) {
  const auto parsed = ParseSim({});
  ASSERT_TRUE(std::holds_alternative<FlagExit>(parsed));
  EXPECT_EQ(std::get<FlagExit>(parsed).code, 2);
  EXPECT_THAT(std::get<FlagExit>(parsed).err, HasSubstr("--link"));
}

}  // namespace
}  // namespace soarm
