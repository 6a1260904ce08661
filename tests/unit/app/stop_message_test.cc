#include "server/app/stop_message.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

using namespace std::string_view_literals;

TEST(StopMessageTest, ReadsLevelAndReason) {
  const StopMessage hold = ParseStopMessage("hold");
  EXPECT_EQ(hold.level, StopLevel::kHold);
  EXPECT_EQ(hold.reason, "");
  EXPECT_EQ(ParseStopMessage("soft-hold").level, StopLevel::kSoftHold);
  const StopMessage release = ParseStopMessage("release  smoke from the elbow \n");
  EXPECT_EQ(release.level, StopLevel::kRelease);
  EXPECT_EQ(release.reason, "smoke from the elbow");
}

TEST(StopMessageTest, ReadsWhatPeopleInAHurryWrite) {
  for (const std::string_view text :
       {"HOLD"sv, "hold\tsmoke"sv, "hold\nsmoke"sv, "hold:smoke"sv, "Hold, smoke"sv, "stop"sv,
        "STOP smoke"sv, ""sv, " \n"sv, "\0"sv, "hold\0smoke"sv}) {
    const StopMessage message = ParseStopMessage(text);
    EXPECT_TRUE(message.understood) << text;
    EXPECT_EQ(message.level, StopLevel::kHold) << text;
  }
  EXPECT_EQ(ParseStopMessage("hold:smoke").reason, "smoke");
  for (const char* text : {"soft_hold", "SOFT-HOLD:x", "SoftHold"}) {
    EXPECT_EQ(ParseStopMessage(text).level, StopLevel::kSoftHold) << text;
  }
  EXPECT_EQ(ParseStopMessage("Release\tnow").level, StopLevel::kRelease);
}

TEST(StopMessageTest, WhatItDoesNotKnowIsAHoldWithAllOfItAsTheReason) {
  for (const char* text : {"holdfast", "panic", "no release", "7", "rel\xff ease"}) {
    const StopMessage message = ParseStopMessage(text);
    EXPECT_FALSE(message.understood) << text;
    EXPECT_EQ(message.level, StopLevel::kHold) << text;
  }
  EXPECT_EQ(ParseStopMessage("please stop it").reason, "please stop it");
}

TEST(StopMessageTest, ReasonIsBoundedAndHarmless) {
  const StopMessage message = ParseStopMessage("hold a\x01\xff\x1b[2J" + std::string(1000, 'b'));
  EXPECT_EQ(message.reason.size(), 200U);
  EXPECT_EQ(message.reason.substr(0, 8), "a???[2Jb");
}

}  // namespace
}  // namespace soarm
