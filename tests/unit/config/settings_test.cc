#include "server/config/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soarm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Environment kUser = {1000, "/run/user/1000", "", "", "/home/u"};

Settings Compose(const DaemonFlags& flags, std::string_view text, ConfigErrors& errors) {
  const ConfigFile file = ParseConfigFile(text, "f.toml", errors);
  return ComposeSettings(flags, file, kUser, errors);
}

Settings ComposeGood(const DaemonFlags& flags, std::string_view text = "") {
  ConfigErrors errors;
  Settings settings = Compose(flags, text, errors);
  EXPECT_THAT(errors, IsEmpty()) << Format(errors);
  return settings;
}

DaemonFlags Sim(std::vector<NamedValue> models = {}) {
  DaemonFlags flags;
  flags.sim = true;
  flags.models = std::move(models);
  return flags;
}

std::vector<std::string> BusNames(const Settings& settings) {
  std::vector<std::string> names;
  for (const BusSettings& bus : settings.buses) names.push_back(bus.name);
  return names;
}

std::string GroupOf(const BusSettings& bus, std::size_t group = 0) {
  return std::string(bus.model.groups[group].name.view());
}

constexpr std::string_view kTwoArms = R"([[bus]]
name = "left"
device = "/dev/ttyACM0"
group = "left_arm"
[[bus]]
name = "right"
device = "/dev/ttyACM1"
group = "right_arm"
)";

TEST(SettingsTest, SimAloneIsOneFollowerArm) {
  const Settings settings = ComposeGood(Sim());
  ASSERT_THAT(BusNames(settings), ElementsAre("arm"));
  EXPECT_TRUE(settings.buses[0].simulated);
  EXPECT_EQ(GroupOf(settings.buses[0]), "arm");
  EXPECT_EQ(settings.buses[0].model.groups[0].role, Role::kFollower);
}

TEST(SettingsTest, LeaderModelIsBusLeader) {
  const Settings settings = ComposeGood(Sim({{"", "so101"}, {"", "so101_leader"}}));
  ASSERT_THAT(BusNames(settings), ElementsAre("arm", "leader"));
  EXPECT_EQ(GroupOf(settings.buses[1]), "leader");
  EXPECT_EQ(settings.buses[1].model.groups[0].role, Role::kLeader);
}

TEST(SettingsTest, TwoOfAKindGetNamesOfTheirOwn) {
  const Settings settings = ComposeGood(Sim({{"", "lekiwi"}, {"", "lekiwi"}}));
  ASSERT_THAT(BusNames(settings), ElementsAre("arm", "arm2"));
  EXPECT_EQ(GroupOf(settings.buses[1], 0), "arm2");
  EXPECT_EQ(GroupOf(settings.buses[1], 1), "base2");
}

TEST(SettingsTest, NamesBusAndGroupAsAsked) {
  const Settings settings = ComposeGood(Sim({{"left_arm", "so101"}, {"right_arm", "so100"}}));
  ASSERT_THAT(BusNames(settings), ElementsAre("left_arm", "right_arm"));
  EXPECT_EQ(GroupOf(settings.buses[0]), "left_arm");
}

TEST(SettingsTest, OneNameTwiceIsAnError) {
  ConfigErrors errors;
  Compose(Sim({{"a", "so101"}, {"a", "so101"}}), "", errors);
  ASSERT_THAT(errors, SizeIs(1)) << Format(errors);
  EXPECT_THAT(errors[0].Text(), HasSubstr("two buses have this name"));
}

TEST(SettingsTest, BareSimSimulatesTheConfiguredBuses) {
  const Settings settings = ComposeGood(Sim(), kTwoArms);
  ASSERT_THAT(BusNames(settings), ElementsAre("left", "right"));
  EXPECT_TRUE(settings.buses[0].simulated);
  EXPECT_EQ(settings.buses[0].device, "");
  EXPECT_EQ(GroupOf(settings.buses[1]), "right_arm");
}

TEST(SettingsTest, SimWithModelsReplacesTheConfiguredBuses) {
  EXPECT_THAT(BusNames(ComposeGood(Sim({{"", "so101"}}), kTwoArms)), ElementsAre("arm"));
}

TEST(SettingsTest, PortAddsABusOrMovesAConfiguredOne) {
  DaemonFlags flags;
  flags.ports = {{"", "/dev/a"}};
  flags.leader_ports = {{"", "/dev/b"}};
  const Settings added = ComposeGood(flags);
  ASSERT_THAT(BusNames(added), ElementsAre("arm", "leader"));
  EXPECT_EQ(added.buses[0].device, "/dev/a");
  EXPECT_EQ(added.buses[1].model.groups[0].role, Role::kLeader);

  flags = DaemonFlags{};
  flags.ports = {{"left", "/dev/other"}};
  const Settings moved = ComposeGood(flags, kTwoArms);
  ASSERT_THAT(BusNames(moved), ElementsAre("left", "right"));
  EXPECT_EQ(moved.buses[0].device, "/dev/other");
  EXPECT_EQ(GroupOf(moved.buses[0]), "left_arm");
}

TEST(SettingsTest, TwoUnnamedPortsAreTwoArms) {
  DaemonFlags flags;
  flags.ports = {{"", "/dev/a"}, {"", "/dev/b"}};
  const Settings settings = ComposeGood(flags);
  ASSERT_THAT(BusNames(settings), ElementsAre("arm", "arm2"));
  EXPECT_EQ(settings.buses[0].device, "/dev/a");
  EXPECT_EQ(settings.buses[1].device, "/dev/b");
}

TEST(SettingsTest, OneTtyForTwoBusesIsAnError) {
  DaemonFlags flags;
  flags.ports = {{"a", "/dev/x"}, {"b", "/dev/x"}};
  ConfigErrors errors;
  Compose(flags, "", errors);
  ASSERT_THAT(errors, SizeIs(1)) << Format(errors);
  EXPECT_THAT(errors[0].Text(), HasSubstr("/dev/x"));
}

TEST(SettingsTest, WithoutARobotTheErrorSaysHowToNameOne) {
  ConfigErrors errors;
  const Settings settings = Compose(DaemonFlags{}, "", errors);
  EXPECT_THAT(errors, IsEmpty());
  RequireRobot(settings, errors);
  ASSERT_THAT(errors, SizeIs(1)) << Format(errors);
  EXPECT_THAT(errors[0].Text(), HasSubstr("--port"));
  EXPECT_THAT(errors[0].Text(), HasSubstr("--sim"));
}

TEST(SettingsTest, RefusesMoreGroupsThanARobotHas) {
  // A LeKiwi has two, an arm one.
  std::vector<NamedValue> models(7, {"", "lekiwi"});
  models.resize(9, {"", "so101"});
  EXPECT_THAT(ComposeGood(Sim(models)).buses, SizeIs(9));

  models.push_back({"", "so101_leader"});
  ConfigErrors errors;
  Compose(Sim(models), "", errors);
  ASSERT_THAT(errors, SizeIs(1)) << Format(errors);
  EXPECT_THAT(errors[0].Text(), HasSubstr("17 groups"));
  EXPECT_THAT(errors[0].Text(), HasSubstr("at most 16"));
}

TEST(SettingsTest, TwoBusesMayNotShareAGroup) {
  ConfigErrors errors;
  Compose(DaemonFlags{},
          "[[bus]]\nname=\"a\"\ndevice=\"/dev/a\"\n[[bus]]\nname=\"b\"\ndevice=\"/dev/b\"", errors);
  ASSERT_THAT(errors, SizeIs(1)) << Format(errors);
  EXPECT_THAT(errors[0].Text(), HasSubstr("both have a group \"arm\""));
}

TEST(SettingsTest, NoTwoGroupsHaveOneName) {
  const Settings own =
      ComposeGood({}, "[[bus]]\nname=\"a\"\ndevice=\"/dev/a\"\nrobot=\"lekiwi\"\ngroup=\"base\"");
  EXPECT_EQ(GroupOf(own.buses[0], 0), "base");
  EXPECT_EQ(GroupOf(own.buses[0], 1), "base2");
  const Settings others =
      ComposeGood({},
                  "[[bus]]\nname=\"a\"\ndevice=\"/dev/a\"\nrobot=\"lekiwi\"\ngroup=\"x\"\n"
                  "[[bus]]\nname=\"b\"\ndevice=\"/dev/b\"\nrobot=\"lekiwi\"\ngroup=\"base2\"");
  EXPECT_EQ(GroupOf(others.buses[0], 1), "base");
  EXPECT_EQ(GroupOf(others.buses[1], 0), "base2");
  EXPECT_EQ(GroupOf(others.buses[1], 1), "base3");
  const Settings flags = ComposeGood(Sim({{"base", "lekiwi"}}));
  EXPECT_EQ(GroupOf(flags.buses[0], 0), "base");
  EXPECT_EQ(GroupOf(flags.buses[0], 1), "base2");
}

TEST(SettingsTest, LimitsReachTheJoint) {
  const Settings settings = ComposeGood(
      Sim(), "[limits.arm.elbow_flex]\nupper_rad = 1.0\nvelocity_rad_s = 1.5\ntorque_fraction=0.4");
  const JointLimits& limits = settings.buses[0].model.limits[2];
  EXPECT_EQ(limits.upper_rad, 1.0);
  EXPECT_EQ(limits.velocity_rad_s, 1.5);
  EXPECT_EQ(limits.torque_fraction, 0.4);
  EXPECT_EQ(limits.acceleration_rad_s2, 30.0);
}

TEST(SettingsTest, LimitsOfUnknownGroupsAndJointsNameWhatThereIs) {
  ConfigErrors errors;
  Compose(Sim(), "[limits.leg.knee]\nupper_rad = 1\n[limits.arm.knee]\nupper_rad = 1", errors);
  ASSERT_THAT(errors, SizeIs(2)) << Format(errors);
  EXPECT_EQ(errors[0].line, 1);
  EXPECT_THAT(errors[0].Text(), HasSubstr("use one of arm"));
  EXPECT_EQ(errors[1].line, 3);
  EXPECT_THAT(errors[1].Text(), HasSubstr("no joint \"knee\""));
}

TEST(SettingsTest, PosesAreCheckedAgainstTheRobot) {
  ConfigErrors errors;
  const Settings settings = Compose(Sim(), "[poses.arm.home]\nelbow_flex = 0.5\nknee = 1", errors);
  ASSERT_THAT(errors, SizeIs(1)) << Format(errors);
  EXPECT_EQ(errors[0].path, "poses.arm.home");
  EXPECT_THAT(settings.poses, SizeIs(1));
}

TEST(SettingsTest, PosesOfWheelsAreRefused) {
  ConfigErrors errors;
  Compose(Sim({{"", "lekiwi"}}), "[poses.base.x]\nleft_wheel = 0.5", errors);
  ASSERT_THAT(errors, SizeIs(1)) << Format(errors);
  EXPECT_EQ(errors[0].path, "poses.base.x");
  EXPECT_THAT(errors[0].Text(), HasSubstr("\"left_wheel\" is a wheel"));
}

TEST(SettingsTest, OnePlaceTwiceToListenIsAnError) {
  const std::vector<std::vector<std::string>> twice = {
      {"127.0.0.1:5", "127.0.0.1:5"},
      {"127.0.0.1:5", "127.0.0.1:05"},
      {"unix:/run/s", "[::1]:5", "unix:/run/s"},
      {"unix:/run/s", "unix:/run/./s"},
      {"unix:/run/s", "unix:/run/s.stop"},
      {"unix:/run/s.stop", "unix:/run/s"},
  };
  for (const auto& listen : twice) {
    DaemonFlags flags = Sim();
    flags.listen = listen;
    ConfigErrors errors;
    Compose(flags, "", errors);
    ASSERT_THAT(errors, SizeIs(1)) << listen.back() << Format(errors);
    EXPECT_EQ(errors[0].path, "daemon.listen");
    EXPECT_THAT(errors[0].Text(), HasSubstr("\"" + listen.back() + "\""));
    EXPECT_FALSE(errors[0].fix.empty());
  }
  DaemonFlags flags = Sim();
  flags.listen = {"127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:5", "[::1]:5", "unix:/s", "unix:/t"};
  ComposeGood(flags);
}

TEST(SettingsTest, ThePairingPortIsNoOtherPortOfTheDaemon) {
  DaemonFlags flags = Sim();
  flags.listen = {"unix:/run/s", "127.0.0.1:5", "tls:0.0.0.0:6"};
  for (const char* port : {"5", "6"}) {
    ConfigErrors errors;
    Compose(flags, std::string("[daemon]\n[tls]\npairing_port = ") + port, errors);
    ASSERT_THAT(errors, SizeIs(1)) << Format(errors);
    EXPECT_EQ(errors[0].path, "tls.pairing_port");
    EXPECT_EQ(errors[0].line, 3);
    EXPECT_THAT(errors[0].message, HasSubstr(std::string(port) + " is the port of \""));
  }
  const Settings settings = ComposeGood(flags, "[tls]\npairing_port = 7\nannounce = false");
  EXPECT_EQ(settings.pairing_port, 7);
  EXPECT_FALSE(settings.announce);
  EXPECT_FALSE(ComposeGood(flags).pairing_port);
  EXPECT_TRUE(ComposeGood(flags).announce);
}

TEST(SettingsTest, FlagsWinOverTheFile) {
  DaemonFlags flags = Sim();
  flags.listen = {"127.0.0.1:0"};
  flags.state_dir = "/s";
  flags.rate_hz = 50;
  const Settings settings =
      ComposeGood(flags,
                  "[daemon]\nlisten=[\"unix:/x\"]\nstate_dir=\"/y\"\nend_state=\"limp\"\n"
                  "[control]\nrate_hz=100\nrealtime_priority=7\ncpu=0\n[loss]\nhold_after_s=0.1");
  EXPECT_THAT(settings.listen, ElementsAre("127.0.0.1:0"));
  EXPECT_EQ(settings.state_dir, "/s");
  EXPECT_EQ(settings.control.rate_hz, 50);
  EXPECT_EQ(settings.control.realtime_priority, 7);
  EXPECT_EQ(settings.control.cpu, 0);
  EXPECT_EQ(settings.control.end_state, control::EndState::kLimp);
  EXPECT_EQ(settings.control.loss.hold_after, std::chrono::milliseconds(100));
}

TEST(SettingsTest, DefaultsFollowTheUser) {
  const Settings settings = ComposeGood(Sim());
  EXPECT_THAT(settings.listen,
              ElementsAre("unix:/run/user/1000/soarm/soarmd.sock", "127.0.0.1:50251"));
  EXPECT_EQ(settings.state_dir, "/home/u/.local/state/soarm");
  EXPECT_THAT(DefaultListen({0, "/run/user/0", "", "", "/root"}),
              ElementsAre("unix:/run/soarm/soarmd.sock", "127.0.0.1:50251"));
  EXPECT_THAT(DefaultListen({1000, "", "", "", "/home/u"}), ElementsAre("127.0.0.1:50251"));
  EXPECT_EQ(DefaultStateDir({0, "", "", "", "/root"}), "/var/lib/soarm");
  EXPECT_EQ(DefaultStateDir({0, "", "/a:/b", "", "/root"}), "/a");
  EXPECT_EQ(DefaultStateDir({1000, "", "", "/home/u/.s", "/home/u"}), "/home/u/.s/soarm");
}

}  // namespace
}  // namespace soarm
