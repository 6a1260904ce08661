#include "server/front/caller_table.h"

#include <string>

#include <gtest/gtest.h>

namespace soarm {
namespace {

TEST(CallerTableTest, KnowsWhoAConnectionWasAfterItsEnd) {
  CallerTable table;
  table.Add("soarm-remote-1", {"192.168.1.7", "aa"});
  EXPECT_FALSE(table.FindEnded("soarm-remote-1")) << "it lasts";
  table.Remove("soarm-remote-1");
  table.Remove("soarm-remote-1");
  table.Remove("soarm-remote-2");
  EXPECT_FALSE(table.Find("soarm-remote-1")) << "and has no rights any more";
  EXPECT_FALSE(table.FindEnded("soarm-remote-2"));
  const auto was = table.FindEnded("soarm-remote-1");
  ASSERT_TRUE(was);
  EXPECT_EQ(was->address, "192.168.1.7");
  EXPECT_EQ(was->fingerprint, "aa");
}

TEST(CallerTableTest, ForgetsTheLongestEnded) {
  CallerTable table;
  const auto name = [](std::size_t i) { return "soarm-remote-" + std::to_string(i); };
  constexpr std::size_t kMost = CallerTable::kMostEnded;
  for (std::size_t i = 0; i <= kMost; ++i) table.Add(name(i), {"::1", "aa"});
  for (std::size_t i = 0; i < kMost; ++i) table.Remove(name(i));
  EXPECT_TRUE(table.FindEnded(name(0)));
  table.Remove(name(kMost));
  EXPECT_FALSE(table.FindEnded(name(0)));
  EXPECT_TRUE(table.FindEnded(name(1)));
  EXPECT_TRUE(table.FindEnded(name(kMost)));
}

TEST(CallerTableTest, CountsWhoFellSilentOnceEachTime) {
  CallerTable table;
  table.Add("soarm-remote-1", {"192.168.1.7", "aa"});
  for (const bool is_silent : {true, true, false, true}) {
    table.SetSilent("soarm-remote-1", is_silent);
  }
  table.SetSilent("soarm-remote-2", true);
  EXPECT_EQ(table.stalled(), 2u);
  EXPECT_EQ(table.cut_off(), 0u);
  table.CountCutOff();
  EXPECT_EQ(table.cut_off(), 1u);
}

}  // namespace
}  // namespace soarm
