#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/runtime/live_runtime.h"

namespace soarm {
namespace {

TEST(BusNotesTest, WhatWasFoundWhenABusWasOpenedIsToldWhileItIsOpen) {
  SteppedRuntime stepped;
  EXPECT_TRUE(stepped.robot->Bus(0).notes.empty());
  stepped.bus->found.emplace_back().reason = "LATENCY_TIMER";
  stepped.bus->present = false;
  stepped.Step(2);
  EXPECT_FALSE(stepped.robot->State(0).open);
  EXPECT_TRUE(stepped.robot->Bus(0).notes.empty());
  stepped.bus->present = true;
  stepped.Step(100);
  ASSERT_TRUE(stepped.robot->State(0).open);
  ASSERT_EQ(stepped.robot->Bus(0).notes.size(), 1U);
  EXPECT_EQ(stepped.robot->Bus(0).notes[0].reason, "LATENCY_TIMER");
}

TEST(BusNotesTest, AnAdapterThatBecomesSlowIsToldWhileItIsAndNoLonger) {
  SteppedRuntime stepped;
  stepped.Step(2);
  ASSERT_TRUE(stepped.robot->State(0).open);
  stepped.bus->adapter = {.delay = std::chrono::milliseconds(12), .lets_drive = true};
  stepped.Step(1);
  std::vector<Problem> notes = stepped.robot->Bus(0).notes;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].reason, "ADAPTER_LATENCY");
  EXPECT_EQ(notes[0].facts.at("delay_ms"), "12");
  EXPECT_NE(notes[0].message.find("for 12 ms, so that the bus runs at 83 Hz at most"),
            std::string::npos)
      << notes[0].message;
  EXPECT_EQ(notes[0].message.find("torque"), std::string::npos) << notes[0].message;

  stepped.bus->adapter = {.delay = std::chrono::milliseconds(25), .lets_drive = false};
  stepped.Step(1);
  notes = stepped.robot->Bus(0).notes;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].message.find("no torque is enabled"), std::string::npos) << notes[0].message;

  stepped.bus->adapter = {};
  stepped.Step(1);
  EXPECT_TRUE(stepped.robot->Bus(0).notes.empty());
}

TEST(BusNotesTest, WhatTheAdapterItselfSaysOfItsSlownessIsHowToMendIt) {
  SteppedRuntime stepped;
  Problem& timer = stepped.bus->found.emplace_back();
  timer.reason = "LATENCY_TIMER";
  timer.fix = "Install the udev rule.";
  stepped.bus->adapter = {.delay = std::chrono::milliseconds(16), .lets_drive = true};
  stepped.bus->present = false;
  stepped.Step(2);
  EXPECT_TRUE(stepped.robot->Bus(0).notes.empty());
  stepped.bus->present = true;
  stepped.Step(100);
  const std::vector<Problem> notes = stepped.robot->Bus(0).notes;
  ASSERT_EQ(notes.size(), 1U) << "one fault, one fix";
  EXPECT_EQ(notes[0].reason, "ADAPTER_LATENCY");
  EXPECT_EQ(notes[0].fix, "Install the udev rule.");
}

}  // namespace
}  // namespace soarm
