#include "server/audit/audit_log.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "common/base/problem.h"
#include "tests/fakes/fake_clock.h"

namespace soarm {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class AuditLogTest : public testing::Test {
 protected:
  AuditLogTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  ~AuditLogTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name = "audit.log") const { return folder_ / name; }
  std::unique_ptr<AuditLog> Open() {
    auto log = AuditLog::Open(File(), clock_);
    EXPECT_TRUE(log.ok()) << log.status();
    return log.ok() ? *std::move(log) : nullptr;
  }
  std::vector<json> Lines() const {
    std::vector<json> lines;
    std::ifstream file(File());
    for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
    return lines;
  }
  std::vector<json> Of(const std::string& what) const {
    std::vector<json> lines = Lines();
    std::erase_if(lines, [&](const json& line) { return line["what"] != what; });
    return lines;
  }
  static AuditEvent Stop(const std::string& who, std::size_t number) {
    return {.who = who, .what = "stop", .facts = {{"reason", std::to_string(number)}}};
  }

  FakeClock clock_;

 private:
  std::filesystem::path folder_;
};

TEST_F(AuditLogTest, HasAnObjectPerEventAndGoesOnAfterARestart) {
  Open()->Note({.who = "unix:", .what = "stop", .facts = {{"reason", "\"quoted\"\nand broken"}}});
  Open()->Note({.who = "client a", .what = "move", .outcome = "ROLE_TOO_LOW"});
  const std::vector<json> lines = Lines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["who"], "unix:");
  EXPECT_EQ(lines[0]["outcome"], "OK");
  EXPECT_EQ(lines[0]["reason"], "\"quoted\"\nand broken");
  EXPECT_EQ(lines[1]["outcome"], "ROLE_TOO_LOW");
  const std::string at = lines[1]["at"];
  EXPECT_EQ(at.size(), std::string("2026-11-30T01:53:38.130Z").size()) << at;
  EXPECT_EQ(at.back(), 'Z');
}

TEST_F(AuditLogTest, WhatIsRepeatedIsCounted) {
  {
    const auto log = Open();
    for (int i = 0; i < 100; ++i) log->Note({.who = "a", .what = "renew"});
    log->Note({.who = "b", .what = "renew"});
    clock_.Advance(AuditLog::kRepeats);
    log->Settle();
    log->Note({.who = "a", .what = "renew"});
  }
  const std::vector<json> lines = Lines();
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0]["who"], "a");
  EXPECT_FALSE(lines[0].contains("times"));
  EXPECT_EQ(lines[1]["who"], "b");
  EXPECT_EQ(lines[2]["who"], "a");
  EXPECT_EQ(lines[2]["times"], 99);
  EXPECT_FALSE(lines[3].contains("times")) << "a new minute";
}

TEST_F(AuditLogTest, AFloodIsDroppedAndCounted) {
  constexpr std::size_t kFlood = 5'000;
  {
    const auto log = Open();
    for (std::size_t i = 0; i < kFlood; ++i) log->Note(Stop("a", i));
    clock_.Advance(1s);
    log->Note(Stop("b", 1));
  }
  const std::vector<json> lines = Lines();
  ASSERT_GT(lines.size(), 100u) << "some at once";
  EXPECT_LT(std::filesystem::file_size(File()), AuditLog::kBurst_bytes + 1'000);
  const json& dropped = lines[lines.size() - 2];
  EXPECT_EQ(dropped["what"], "events dropped");
  EXPECT_EQ(dropped["times"], kFlood - (lines.size() - 2));
  EXPECT_EQ(dropped["of"], "a: " + std::to_string(kFlood - (lines.size() - 2)));
  EXPECT_EQ(lines.back()["who"], "b");
}

TEST_F(AuditLogTest, WhoFloodsKeepsNobodyElseFromBeingRemembered) {
  std::size_t told = 0;
  {
    const auto log = Open();
    for (std::size_t i = 0; i < 2'000; ++i) {
      clock_.Advance(25ms);  // 40 a second
      log->Note(Stop("rpc client viewer (192.168.1.7)", i));
      if (i % 200 != 0) continue;
      log->Note({.who = "client admin (192.168.1.8)",
                 .what = "lease granted",
                 .facts = {{"lease", std::to_string(i)}}});
      ++told;
    }
  }
  EXPECT_EQ(Of("lease granted").size(), told);
  EXPECT_GT(Of("stop").size(), 300u);
  EXPECT_LT(Of("stop").size(), 1'000u);
  EXPECT_LE(Of("events dropped").size(), 51u) << "in 50 s, once a second";
  std::uint64_t dropped = 0;
  for (const json& line : Of("events dropped")) dropped += line["times"].get<std::uint64_t>();
  EXPECT_EQ(Of("stop").size() + dropped, 2'000u);
}

TEST_F(AuditLogTest, ACallerHasNoMoreForAnotherConnectionOrAddress) {
  for (const auto& [one, other] : {std::pair("ipv4:127.0.0.1:1000", "rpc ipv6:[::1]"),
                                   std::pair("client a (192.168.1.7)", "rpc client a (gone)")}) {
    EXPECT_EQ(BudgetKey(one), BudgetKey(other));
  }
  for (const auto& [one, other] :
       {std::pair("client a (::1)", "client a-2 (::1)"), std::pair("unix:", "stop socket"),
        std::pair("unix:", "soarmd")}) {
    EXPECT_NE(BudgetKey(one), BudgetKey(other));
  }
}

TEST_F(AuditLogTest, ACrowdSharesABudgetUntilItIsSilentAndIsNotInTheWayOfWhatIsGrave) {
  constexpr std::size_t kCrowd = 100;
  {
    const auto log = Open();
    for (std::size_t i = 0; i < 200'000; ++i) {
      log->Note(Stop("client " + std::to_string(i % kCrowd) + " (::1)", i));
    }
    log->Note({.who = "client new", .what = "pair", .facts = {{"role", "admin"}}, .grave = true});
    log->Note({.who = "client new", .what = "read", .facts = {{"lost", "in the crowd"}}});
    const double budgets = AuditLog::kMostCallers + 1;
    log->SettleAll();
    EXPECT_LT(std::filesystem::file_size(File()), budgets * (AuditLog::kBurst_bytes + 1'000));
    clock_.Advance(1min);
    log->Note({.who = "client new", .what = "later", .facts = {{"in", "its own"}}});
  }
  EXPECT_EQ(Of("pair").size(), 1u);
  EXPECT_EQ(Of("read").size(), 0u);
  EXPECT_EQ(Of("later").size(), 1u);
}

TEST_F(AuditLogTest, WhatIsRepeatedTakesNobodyElsesPlace) {
  {
    const auto log = Open();
    for (int i = 0; i < 1'000; ++i) {
      log->Note({.who = "ipv4:127.0.0.1:" + std::to_string(i), .what = "renew"});
    }
    for (int i = 0; i < 100; ++i) log->Note({.who = "b", .what = "renew"});
  }
  ASSERT_GE(Lines().size(), 2u);
  EXPECT_EQ(Lines().back()["who"], "soarmd") << "what was dropped of the thousand";
  std::vector<json> of_b = Lines();
  std::erase_if(of_b, [](const json& line) { return line["who"] != "b"; });
  ASSERT_EQ(of_b.size(), 2u);
  EXPECT_EQ(of_b[1]["times"], 99);
}

TEST_F(AuditLogTest, WhatIsLongIsCut) {
  Open()->Note({.who = "a", .what = "stop", .facts = {{"groups", std::string(60'000, 'x')}}});
  EXPECT_LT(Lines().at(0)["groups"].get<std::string>().size(), AuditLog::kLongestFact + 10);
}

TEST_F(AuditLogTest, OldFilesAreKeptUnderNumbersAndNotForEver) {
  {
    const auto log = Open();
    const std::string much(AuditLog::kLongestFact, 'x');
    AuditEvent event = {.who = "a", .what = "stop"};
    for (int i = 0; i < 60; ++i) event.facts[std::to_string(i)] = much;
    for (int i = 0; i < 200; ++i) {
      clock_.Advance(1min);
      event.facts["last"] = std::to_string(i);
      log->Note(event);
    }
  }
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(File()).parent_path())) {
    ++files;
    EXPECT_LE(entry.file_size(), AuditLog::kMostBytes);
  }
  EXPECT_EQ(files, 1 + AuditLog::kOldFiles);
  EXPECT_TRUE(std::filesystem::exists(File("audit.1.log")));
  EXPECT_EQ(Lines().back()["last"], "199");
}

TEST_F(AuditLogTest, SaysWhereItCannotBeKept) {
  const auto log = AuditLog::Open("/proc/audit.log", clock_);
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(ProblemOf(log.status()).reason, "NOT_SAVED");
}

TEST_F(AuditLogTest, IsKeptInNothingButARegularFile) {
  ASSERT_EQ(mkfifo(File().c_str(), 0600), 0);
  const auto pipe = AuditLog::Open(File(), clock_);  // nobody reads it
  ASSERT_FALSE(pipe.ok());
  const Problem problem = ProblemOf(pipe.status());
  EXPECT_EQ(problem.reason, "NOT_SAVED");
  EXPECT_EQ(problem.message, "The audit log " + File() + " cannot be written: it is a pipe.");
  EXPECT_EQ(problem.fix, "Move it away and restart the daemon.");
  std::filesystem::remove(File());
  std::filesystem::create_symlink("/dev/full", File());
  EXPECT_EQ(ProblemOf(AuditLog::Open(File(), clock_).status()).reason, "NOT_SAVED");
  std::filesystem::remove(File());
  ASSERT_TRUE(std::ofstream(File("elsewhere")).is_open());
  std::filesystem::create_symlink(File("elsewhere"), File());
  EXPECT_NE(Open(), nullptr) << "a link to a file is one";
}

TEST_F(AuditLogTest, OldOnesThatAreNoFilesAreMovedAndNotOpened) {
  ASSERT_EQ(mkfifo(File("audit.1.log").c_str(), 0600), 0);
  ASSERT_EQ(mkfifo(File("audit.4.log").c_str(), 0600), 0);
  std::ofstream(File()) << std::string(AuditLog::kMostBytes, '\n');
  Open()->Note(Stop("a", 1));
  std::ifstream file(File());
  EXPECT_EQ(json::parse(file)["who"], "a");
  EXPECT_TRUE(std::filesystem::is_regular_file(File("audit.1.log")));
  EXPECT_TRUE(std::filesystem::is_fifo(File("audit.2.log")));
}

}  // namespace
}  // namespace soarm
