#include <csignal>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/programs.h"

namespace soarm::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Each of the first arms takes its whole patience, since one servo does not say that it is limp.
TEST(EndingTest, NoNumberOfArmsThatCannotBeReadKeepsTheOthersFromTheirEnd) {
  const TemporaryFolder folder;
  folder.Write("limp.toml", "[daemon]\nend_state = \"limp\"\n");
  RunningDaemon daemon(
      folder, {"--sim", "so101,so101,so101,so101,so101", "--config", folder.File("limp.toml")});
  ASSERT_TRUE(daemon.WaitForFreshJoints(30));
  for (const char* bus : {"arm", "arm2", "arm3", "arm4"}) {
    sim::MuteRequest mute;
    mute.set_bus(bus);
    mute.set_servo(2);
    mute.set_on(true);
    ASSERT_TRUE(daemon.connection().Call(kMute, mute).ok());
  }
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().WaitForExit(), 0) << "and not by the alarm";
  for (const char* missed :
       {"arm/shoulder_lift", "arm2/shoulder_lift", "arm3/shoulder_lift", "arm4/shoulder_lift"}) {
    EXPECT_THAT(daemon.process().errors(), HasSubstr(missed));
  }
  EXPECT_THAT(daemon.process().errors(), Not(HasSubstr("arm5/shoulder_lift was not reached")));
}

}  // namespace
}  // namespace soarm::test
