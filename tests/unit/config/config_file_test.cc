#include "server/config/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soarm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ConfigErrors ErrorsOf(std::string_view text) {
  ConfigErrors errors;
  ParseConfigFile(text, "f.toml", errors);
  return errors;
}

constexpr std::string_view kGood = R"(
[daemon]
listen = ["unix:/tmp/s.sock", "127.0.0.1:0"]
state_dir = "/var/lib/soarm"
end_state = "limp"
require_realtime = false
[control]
rate_hz = 100
realtime_priority = 7
cpu = 1
[[bus]]
name = "left"
device = "/dev/ttyACM0"
baud = 1000000
robot = "so100"
role = "FOLLOWER"
group = "left_arm"
[[bus]]
name = "right"
device = "/dev/ttyACM1"
[limits.left_arm.gripper]
lower_rad = -0.1
upper_rad = 1.5
velocity_rad_s = 2
acceleration_rad_s2 = 20.5
torque_fraction = 0.5
[poses.left_arm.home]
elbow_flex = 0.5
gripper = 0
[loss]
hold_after_s = 0.5
soft_hold_after_s = 6
[tls]
pairing_port = 40000
announce = false
)";

TEST(ConfigFileTest, ReadsEveryKey) {
  ConfigErrors errors;
  const ConfigFile file = ParseConfigFile(kGood, "f.toml", errors);
  ASSERT_THAT(errors, IsEmpty()) << Format(errors);
  EXPECT_THAT(*file.listen, ElementsAre("unix:/tmp/s.sock", "127.0.0.1:0"));
  EXPECT_EQ(file.state_dir, "/var/lib/soarm");
  EXPECT_EQ(file.end_state, control::EndState::kLimp);
  EXPECT_EQ(file.require_realtime, false);
  EXPECT_EQ(file.rate_hz, 100);
  EXPECT_EQ(file.realtime_priority, 7);
  EXPECT_EQ(file.cpu, 1);
  ASSERT_THAT(file.buses, SizeIs(2));
  EXPECT_EQ(file.buses[0].name, "left");
  EXPECT_EQ(file.buses[0].robot, "so100");
  EXPECT_EQ(file.buses[0].role, Role::kFollower);
  EXPECT_EQ(file.buses[0].group, "left_arm");
  EXPECT_EQ(file.buses[1].device, "/dev/ttyACM1");
  EXPECT_EQ(file.buses[1].baud, 1'000'000U);
  ASSERT_THAT(file.limits, SizeIs(1));
  EXPECT_EQ(file.limits[0].lower_rad, -0.1);
  EXPECT_EQ(file.limits[0].velocity_rad_s, 2);
  EXPECT_EQ(file.limits[0].torque_fraction, 0.5);
  ASSERT_THAT(file.poses, SizeIs(1));
  EXPECT_EQ(file.poses[0].joints_rad.at("elbow_flex"), 0.5);
  EXPECT_EQ(file.hold_after_s, 0.5);
  EXPECT_EQ(file.soft_hold_after_s, 6);
  EXPECT_EQ(file.pairing_port, 40000);
  EXPECT_EQ(file.announce, false);
}

TEST(ConfigFileTest, AnEmptyFileSetsNothing) {
  ConfigErrors errors;
  const ConfigFile file = ParseConfigFile("", "f.toml", errors);
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_THAT(file.buses, IsEmpty());
  EXPECT_FALSE(file.listen || file.rate_hz || file.end_state);
}

TEST(ConfigFileTest, MaxIsARate) {
  ConfigErrors errors;
  EXPECT_EQ(ParseConfigFile("[control]\nrate_hz = \"max\"", "f.toml", errors).rate_hz, 0);
  EXPECT_THAT(errors, IsEmpty());
}

struct BadFile {
  const char* label;
  const char* text;
  int line;
  const char* path;
  const char* says;
};

class BadConfigFileTest : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadConfigFileTest, IsOneErrorWithLineAndPath) {
  const BadFile& bad = GetParam();
  const ConfigErrors errors = ErrorsOf(bad.text);
  ASSERT_THAT(errors, SizeIs(1)) << Format(errors);
  EXPECT_EQ(errors[0].file, "f.toml");
  EXPECT_EQ(errors[0].line, bad.line);
  EXPECT_EQ(errors[0].path, bad.path);
  EXPECT_THAT(Format(errors), HasSubstr(bad.says));
  EXPECT_FALSE(errors[0].fix.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadConfigFileTest,
    ::testing::Values(
        BadFile{"Syntax", "[daemon]\nlisten = [", 2, "", "not TOML"},
        BadFile{"DuplicateKey", "[control]\ncpu = 1\ncpu = 2", 3, "", "not TOML"},
        BadFile{"UnknownTable", "\n[demon]", 2, "demon", "unknown key"},
        BadFile{"UnknownKey", "[daemon]\n\nstate = 1", 3, "daemon.state", "end_state"},
        BadFile{"WrongType", "[daemon]\nlisten = 1", 2, "daemon.listen", "a list of texts"},
        BadFile{"WrongItem", "[daemon]\nlisten = [1]", 2, "daemon.listen", "a text in quotes"},
        BadFile{"TableExpected", "daemon = 1", 1, "daemon", "a table"},
        BadFile{"BadAddress", "[daemon]\nlisten = [\"here\"]", 2, "daemon.listen", "unix:PATH"},
        BadFile{"WideAddress", "[daemon]\nlisten = [\"0.0.0.0:1\"]", 2, "daemon.listen",
                "plain text must not be"},
        BadFile{"RelativeState", "[daemon]\nstate_dir = \"x\"", 2, "daemon.state_dir", "absolute"},
        BadFile{"BadEnd", "[daemon]\nend_state = \"fall\"", 2, "daemon.end_state", "hold, limp"},
        BadFile{"Park", "[daemon]\nend_state = \"park\"", 2, "daemon.end_state", "not in this"},
        BadFile{"RateZero", "[control]\nrate_hz = 0", 2, "control.rate_hz", "out of range"},
        BadFile{"RateSlow", "[control]\nrate_hz = 49.9", 2, "control.rate_hz",
                "use 50 to 1000 Hz: a slower tick"},
        BadFile{"RateNan", "[control]\nrate_hz = nan", 2, "control.rate_hz", "out of range"},
        BadFile{"RateWord", "[control]\nrate_hz = \"fast\"", 2, "control.rate_hz", "\"max\""},
        BadFile{"Priority", "[control]\nrealtime_priority = 100", 2, "control.realtime_priority",
                "1 to 99"},
        BadFile{"NoPriority", "[control]\nrealtime_priority = 0", 2, "control.realtime_priority",
                "1 to 99"},
        BadFile{"NulInState", "[daemon]\nstate_dir = \"/a\\u0000b\"", 2, "daemon.state_dir",
                "/a?b\" has a NUL"},
        BadFile{"NulInDevice", "[[bus]]\nname = \"a\"\ndevice = \"/dev/x\\u0000\"", 3,
                "bus[0].device", "NUL"},
        BadFile{"NulInList", "[daemon]\nlisten = [\"unix:/a\\u0000\"]", 2, "daemon.listen", "NUL"},
        BadFile{"BusOneBracket", "[bus]\nname = \"a\"", 1, "bus", "[[bus]]"},
        BadFile{"BusNoName", "[[bus]]\ndevice = \"/dev/x\"", 1, "bus[0]", "no name"},
        BadFile{"BusNoDevice", "[[bus]]\nname = \"a\"", 1, "bus[0]", "no device"},
        BadFile{"BusBadName", "[[bus]]\nname = \"A b\"\ndevice = \"/dev/x\"", 2, "bus[0].name",
                "starting with a letter"},
        BadFile{"BusRelative", "[[bus]]\nname = \"a\"\ndevice = \"ttyACM0\"", 3, "bus[0].device",
                "absolute"},
        BadFile{"BusBaud", "[[bus]]\nname = \"a\"\ndevice = \"/dev/x\"\nbaud = 57601", 4,
                "bus[0].baud", "57601"},
        BadFile{"BusRobot", "[[bus]]\nname = \"a\"\ndevice = \"/dev/x\"\nrobot = \"so1\"", 4,
                "bus[0].robot", "so101_leader"},
        BadFile{"BusRole", "[[bus]]\nname = \"a\"\ndevice = \"/dev/x\"\nrole = \"boss\"", 4,
                "bus[0].role", "FOLLOWER"},
        BadFile{"BusTwice",
                "[[bus]]\nname = \"a\"\ndevice = \"/dev/x\"\n[[bus]]\nname = \"a\"\ndevice = "
                "\"/dev/y\"",
                5, "bus[1].name", "line 1"},
        BadFile{"DeviceTwice",
                "[[bus]]\nname = \"a\"\ndevice = \"/dev/x\"\n[[bus]]\nname = \"b\"\ndevice = "
                "\"/dev/x\"",
                6, "bus[1].device", "\"a\""},
        BadFile{"LimitKey", "[limits.arm.gripper]\nspeed = 1", 2, "limits.arm.gripper.speed",
                "velocity_rad_s"},
        BadFile{"LimitRange", "[limits.arm.gripper]\ntorque_fraction = 1.5", 2,
                "limits.arm.gripper.torque_fraction", "0.1 to 1"},
        BadFile{"LimitThatHoldsNothing", "[limits.arm.gripper]\ntorque_fraction = 1e-9", 2,
                "limits.arm.gripper.torque_fraction", "holds nothing"},
        BadFile{"LimitSwapped", "[limits.arm.gripper]\nlower_rad = 1\nupper_rad = 0", 2,
                "limits.arm.gripper.lower_rad", "swap"},
        BadFile{"LimitNotDeep", "[limits]\narm = 1", 2, "limits.arm", "a table"},
        BadFile{"PoseText", "[poses.arm.home]\ngripper = \"open\"", 2, "poses.arm.home.gripper",
                "a number"},
        BadFile{"PoseNoName", "[poses.arm.\"\"]\ngripper = 1", 1, "poses.arm.", "not a name"},
        BadFile{"PoseBadName", "[poses.arm.\"BAD NAME\"]\ngripper = 1", 1, "poses.arm.BAD NAME",
                "starting with a letter"},
        BadFile{"PoseLongName", "[poses.arm.a234567890123456789012345678901x]\ngripper = 1", 1,
                "poses.arm.a234567890123456789012345678901x", "up to 31"},
        BadFile{"PoseEmpty", "[poses.arm.home]", 1, "poses.arm.home", "empty"},
        BadFile{"LadderOrder", "[loss]\nhold_after_s = 2\nsoft_hold_after_s = 1", 3,
                "loss.soft_hold_after_s", "at least"},
        BadFile{"LadderOrderAgainstTheDefaultOfTheSecondStep", "[loss]\nhold_after_s = 8", 2,
                "loss.hold_after_s", "soft_hold_after_s is 5 s by default, hold_after_s 8 s"},
        BadFile{"LadderOrderAgainstTheDefaultOfTheFirstStep", "[loss]\nsoft_hold_after_s = 0.2", 2,
                "loss.soft_hold_after_s", "is 0.2 s, hold_after_s 0.25 s by default"},
        BadFile{"PairingPortRange", "[tls]\npairing_port = 65536", 2, "tls.pairing_port",
                "1 to 65535"},
        BadFile{"PairingPortText", "[tls]\npairing_port = \"50253\"", 2, "tls.pairing_port",
                "a whole number"},
        BadFile{"AnnounceText", "[tls]\nannounce = \"yes\"", 2, "tls.announce", "true or false"},
        BadFile{"TlsKey", "[tls]\nport = 1", 2, "tls.port", "pairing_port"},
        BadFile{"NoCameras", "[[camera]]\nrole = \"wrist\"", 1, "camera", "not in this version"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(ConfigFileTest, ReportsAllErrorsAtOnceInFileOrder) {
  const ConfigErrors errors = ErrorsOf("nonsense = 1\n[control]\ncpu = -1\n[[bus]]\nbaud = 3\n");
  std::vector<int> lines;
  for (const ConfigError& error : errors) lines.push_back(error.line);
  EXPECT_THAT(lines, ElementsAre(1, 3, 4, 4, 5)) << Format(errors);
}

TEST(ConfigFileTest, AnUnknownKeyIsOfferedNoneThatThisVersionRefuses) {
  for (const char* text :
       {"[x]", "[loss]\nx = 1", "[[bus]]\nname = \"a\"\ndevice = \"/d\"\nx = 1"}) {
    const ConfigErrors errors = ErrorsOf(text);
    ASSERT_THAT(errors, SizeIs(1)) << Format(errors);
    for (const char* refused : {"camera", "metrics", "park_after_s", "usb"}) {
      EXPECT_THAT(errors[0].fix, ::testing::Not(HasSubstr(refused))) << text;
    }
  }
}

TEST(ConfigErrorTest, NoTextTurnsATerminalsHeadOrEndsTheOutput) {
  const std::string text =
      Format(ErrorsOf("[[bus]]\nname = \"a\\u0000b\"\ndevice = \"/d\"\n"
                      "\"\\u001b[2J\\u202e\" = 1\n\n[demon]"));
  for (const char* raw : {"\x1b", "\u202e"}) EXPECT_THAT(text, ::testing::Not(HasSubstr(raw)));
  EXPECT_EQ(text.find('\0'), std::string::npos);
  EXPECT_THAT(text, HasSubstr("a?b"));
  EXPECT_THAT(text, HasSubstr("demon"));
}

TEST(ConfigErrorTest, TextHasFileLinePathAndFix) {
  const ConfigError error{"a.toml", 12, "bus[0].baud", "3 is wrong", "use 1000000"};
  EXPECT_EQ(error.Text(), "a.toml:12: bus[0].baud: 3 is wrong; use 1000000");
  EXPECT_EQ((ConfigError{"", 0, "arm", "two buses", ""}.Text()), "arm: two buses");
}

}  // namespace
}  // namespace soarm
