#include <gtest/gtest.h>

#include "tests/system/driving.h"

namespace soarm::test {
namespace {

double PanOf(client::Connection& simulator) { return ServosOf(simulator)[1].position_rad(); }

int Soarm(const RunningDaemon& daemon, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"--server", "unix:" + daemon.socket()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  Process soarm("soarm", all);
  return soarm.WaitForExit().value_or(-1);
}

TEST(PosesTest, ParkBringsTheArmToWhereItWasSavedAlsoAfterARestart) {
  const TemporaryFolder folder;
  double parked_rad = 0;
  {
    RunningDaemon daemon(folder, {"--sim"});
    ASSERT_TRUE(daemon.WaitForFreshJoints(6));
    EXPECT_EQ(Soarm(daemon, {"park"}), 2) << "nothing is saved yet";
    ASSERT_EQ(Soarm(daemon, {"torque", "on"}), 0);
    ASSERT_EQ(Soarm(daemon, {"move", "shoulder_pan=20deg"}), 0);
    ASSERT_EQ(Soarm(daemon, {"pose", "save", "park"}), 0);
    parked_rad = PanOf(daemon.connection());
  }
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  ASSERT_EQ(Soarm(daemon, {"torque", "on"}), 0);
  ASSERT_EQ(Soarm(daemon, {"move", "shoulder_pan=-10deg"}), 0);
  ASSERT_LT(PanOf(daemon.connection()), 0);
  ASSERT_EQ(Soarm(daemon, {"park"}), 0);
  EXPECT_NEAR(PanOf(daemon.connection()), parked_rad, 0.03);
  EXPECT_TRUE(ServosOf(daemon.connection())[1].torque_on());
  EXPECT_EQ(Soarm(daemon, {"pose", "delete", "park"}), 0);
  EXPECT_EQ(Soarm(daemon, {"park"}), 2);
}

}  // namespace
}  // namespace soarm::test
