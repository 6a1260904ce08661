#include "tests/adversary/program/campaign.h"

#include <cerrno>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace soarm::adversary {
namespace {

const Listener kNobody{.on_finding = [](const Finding&) {},
                       .on_failure = [](const Failure&) {},
                       .on_progress = [](const Summary&) {}};

PlayResult Breaks(const std::string& rule) {
  PlayResult result;
  result.violations.push_back({.at = 1, .rule = rule, .what = "planted"});
  return result;
}

Options Plays(std::uint64_t last_seed, int jobs) {
  Options options;
  options.last_seed = last_seed;
  options.jobs = jobs;
  return options;
}

bool HasNoChild() { return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

TEST(CampaignTest, EndsAtTheFirstViolationWithoutWaitingForTheOthers) {
  Options options = Plays(1'000'000, 3);
  options.first = true;
  const Summary summary = RunCampaign(options, kNobody, [](const Script& script) -> PlayResult {
    if (script.setting.seed == 5) return Breaks("A");
    while (script.setting.seed % 3 != 2) pause();  // the other two never end
    return {};
  });
  ASSERT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(summary.failures[0].seed, 5U);
  EXPECT_TRUE(HasNoChild());
}

TEST(CampaignTest, OneViolationOfAPlayIsEnough) {
  Options options = Plays(9, 1);
  options.first = true;
  const Summary summary = RunCampaign(options, kNobody, [](const Script&) -> PlayResult {
    PlayResult result = Breaks("A");
    result.violations.push_back({.at = 2, .rule = "B", .what = "planted"});
    return result;
  });
  ASSERT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(summary.failures[0].violation.rule, "A");
}

TEST(CampaignTest, ACrashIsAFirstViolationToo) {
  Options options = Plays(1'000'000, 1);
  options.first = true;
  const Summary summary = RunCampaign(options, kNobody, [](const Script& script) -> PlayResult {
    if (script.setting.seed == 3) _exit(7);
    return {};
  });
  ASSERT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(summary.failures[0].seed, 3U);
  EXPECT_EQ(summary.failures[0].violation.rule, kCrash);
  EXPECT_TRUE(HasNoChild());
}

// A play that goes on only once the one before it was told: else this hangs.
TEST(CampaignTest, TellsWhoFailedAtOnce) {
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  std::vector<Finding> findings;
  std::vector<std::string> order;
  Listener listener = kNobody;
  listener.on_finding = [&](const Finding& finding) {
    findings.push_back(finding);
    order.push_back("finding");
    EXPECT_EQ(write(told[1], "!", 1), 1);
  };
  listener.on_failure = [&](const Failure& failure) { order.push_back(failure.violation.rule); };
  const auto play = [&](const Script& script) -> PlayResult {
    char one = 0;
    if (script.setting.seed > 2 && read(told[0], &one, 1) != 1) _exit(8);
    if (script.setting.seed == 3) _exit(7);
    if (script.setting.seed != 2) return {};
    PlayResult result = Breaks("B");
    result.violations.push_back({.at = 2, .rule = "A", .what = "planted"});
    result.violations.push_back({.at = 3, .rule = "B", .what = "planted"});
    return result;
  };
  RunCampaign(Plays(4, 1), listener, play);
  close(told[0]);
  close(told[1]);
  ASSERT_EQ(findings.size(), 2U);
  const Setting setting = MakePlay(2, PlayWish()).setting;
  EXPECT_EQ(findings[0].seed, 2U);
  EXPECT_EQ(findings[0].setting.robot, setting.robot);
  EXPECT_EQ(findings[0].setting.rate_hz, setting.rate_hz);
  EXPECT_EQ(findings[0].rules, (std::set<std::string>{"A", "B"}));
  EXPECT_EQ(findings[1].seed, 3U);
  EXPECT_EQ(findings[1].rules, std::set<std::string>{kCrash});
  EXPECT_EQ(order, (std::vector<std::string>{"finding", "B", "A", "finding", kCrash}));
}

TEST(CampaignTest, OnlyTheRulesThatWereAskedForCount) {
  Options options = Plays(6, 1);
  options.rules = {"B", "C"};
  const Summary summary = RunCampaign(options, kNobody, [](const Script& script) -> PlayResult {
    if (script.setting.seed == 2) _exit(7);
    return Breaks(script.setting.seed == 4 ? "B" : "A");
  });
  ASSERT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(summary.failures[0].seed, 4U);
  EXPECT_EQ(summary.plays, 5U);  // and one that crashed
}

TEST(CampaignTest, WithoutFirstEveryPlayIsPlayed) {
  const Summary summary =
      RunCampaign(Plays(6, 2), kNobody, [](const Script&) { return Breaks("A"); });
  EXPECT_EQ(summary.failures.size(), 6U);
  EXPECT_EQ(summary.plays, 6U);
}

TEST(OptionsTest, ReadsWhichRulesCountAndWhereToEnd) {
  std::string problem;
  std::string words[] = {"adversary", "--rules", "TOO_FAST,LEAPS", "--first"};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data()};
  const std::optional<Options> options = ParseOptions(4, arguments, problem);
  ASSERT_TRUE(options.has_value()) << problem;
  EXPECT_TRUE(options->first);
  EXPECT_TRUE(options->Counts("LEAPS"));
  EXPECT_FALSE(options->Counts("STARVED"));
  EXPECT_TRUE(Options().Counts("STARVED"));
  EXPECT_FALSE(Options().first);

  EXPECT_FALSE(ParseOptions(2, arguments, problem).has_value());  // no rules named
}

}  // namespace
}  // namespace soarm::adversary
