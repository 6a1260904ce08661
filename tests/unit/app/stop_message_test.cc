#include "server/app/stop_message.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

TEST(StopMessageTest, ReadsLevelAndReason) {
  const auto hold = ParseStopMessage("hold");
  ASSERT_TRUE(hold);
  EXPECT_EQ(hold->level, StopLevel::kHold);
  EXPECT_EQ(hold->reason, "");
  EXPECT_EQ(ParseStopMessage("soft-hold")->level, StopLevel::kSoftHold);
  const auto release = ParseStopMessage("release  smoke from the elbow \n");
  ASSERT_TRUE(release);
  EXPECT_EQ(release->level, StopLevel::kRelease);
  EXPECT_EQ(release->reason, "smoke from the elbow");
}

TEST(StopMessageTest, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"", " ", "HOLD", "holdfast", "stop", "release\tnow", "no hold"}) {
    EXPECT_FALSE(ParseStopMessage(text)) << text;
  }
}

TEST(StopMessageTest, ReasonIsBoundedPrintableAscii) {
  const auto message = ParseStopMessage("hold a\x01\xff" + std::string(1000, 'b'));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->reason.size(), 200U);
  EXPECT_EQ(message->reason.substr(0, 4), "a??b");
}

}  // namespace
}  // namespace soarm
