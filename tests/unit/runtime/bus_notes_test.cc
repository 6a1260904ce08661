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

}  // namespace
}  // namespace soarm
