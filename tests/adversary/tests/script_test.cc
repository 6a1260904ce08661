#include "tests/adversary/play/script.h"

#include <gtest/gtest.h>

#include "tests/adversary/play/generate.h"
#include "tests/adversary/play/shrink.h"

namespace soarm::adversary {
namespace {

TEST(ScriptTest, IsReadBackExactlyAsItWasPrinted) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Script script = MakePlay(seed, {});
    const std::string text = PrintScript(script);
    const auto read = ParseScript(text);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(PrintScript(*read), text);
    EXPECT_EQ(read->actions, script.actions);
  }
}

TEST(ScriptTest, NamesTheLineThatItDoesNotUnderstand) {
  const auto read = ParseScript("play robot=so101\nt=1s somebody does=something\n");
  ASSERT_FALSE(read.ok());
  EXPECT_NE(std::string(read.status().message()).find("line 2"), std::string::npos);
  EXPECT_FALSE(ParseScript("play robot=unknown\n").ok());
  EXPECT_FALSE(ParseScript("t=1s process kill\n").ok());
}

TEST(ScriptTest, TimesAndNumbersAreKeptToTheLastDigit) {
  for (const Time span : {Time{0}, Time{1}, Time{1'250'000'001}, Time{-3'000'000}}) {
    Time read = -1;
    EXPECT_TRUE(ParseSpan(PrintSpan(span), read)) << span;
    EXPECT_EQ(read, span);
  }
  for (const double value : {0.1, -1e-300, 5e-324, 1e308}) {
    double read = 0;
    EXPECT_TRUE(ParseNumber(PrintNumber(value), read));
    EXPECT_EQ(read, value);
  }
  Time span = 0;
  EXPECT_TRUE(ParseSpan("200ms", span));
  EXPECT_EQ(span, 200'000'000);
  EXPECT_FALSE(ParseSpan("200", span));
}

TEST(ShrinkTest, LeavesOnlyWhatIsNeeded) {
  Script script = MakePlay(3, {});
  Action& needed = script.actions[script.actions.size() / 2];
  needed.verb = "needed";
  const auto shows = [](const Script& one) {
    return std::ranges::any_of(one.actions,
                               [](const Action& action) { return action.verb == "needed"; });
  };
  const Script least = Shrink(script, shows, 2000);
  ASSERT_EQ(least.actions.size(), 1U);
  EXPECT_TRUE(least.actions[0].arguments.empty());
  EXPECT_LT(least.setting.length, 200'000'000);
}

}  // namespace
}  // namespace soarm::adversary
