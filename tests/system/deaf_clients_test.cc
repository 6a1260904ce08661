#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/driving.h"
#include "tests/system/raw_client.h"

namespace soarm::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Streams of a connection that nobody reads: gRPC cannot write on it any more.
class DeafClient {
 public:
  DeafClient(const std::string& socket, const std::string& method, int calls) : client_(socket) {
    client_.Begin(method, calls);
  }
  // Waits until nothing more comes in: whatever lies between the two ends is full.
  bool WaitUntilFull() {
    constexpr int kStandstill = 60;  // questions in a row; streams are written to 25 times a second
    std::size_t before = 0;
    int same = 0;
    return Eventually([&] {
      const std::size_t now = client_.Unread();
      same = now == before && now > 0 ? same + 1 : 0;
      before = now;
      return same == kStandstill;
    });
  }

 private:
  RawClient client_;
};

TEST(DeafClientsTest, TheEndStateIsCarriedOutWhateverClientsDoNotRead) {
  const TemporaryFolder folder;
  folder.Write("limp.toml", "[daemon]\nend_state = \"limp\"\n");
  RunningSim sim(folder);
  RunningDaemon daemon(folder, {"--port", sim.link(), "--config", folder.File("limp.toml")});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const auto lease = Energise(daemon.connection());
  ASSERT_NE(lease, nullptr);
  DeafClient deaf(daemon.socket(), "/soarm.v1.MotionService/StreamCommands", 100);
  ASSERT_TRUE(deaf.WaitUntilFull());
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().WaitForExit(), 0) << daemon.process().errors();
  EXPECT_THAT(daemon.process().errors(), Not(HasSubstr("did not end"))) << "it is cut in time";
  for (const auto& [id, servo] : ServosOf(sim.connection())) {
    EXPECT_FALSE(servo.torque_on()) << id;
  }
}

}  // namespace
}  // namespace soarm::test
