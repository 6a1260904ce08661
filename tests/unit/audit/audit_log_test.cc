#include "server/audit/audit_log.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

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
  constexpr int kFlood = 5'000;
  {
    const auto log = Open();
    for (int i = 0; i < kFlood; ++i) {
      log->Note({.who = "a", .what = "stop", .facts = {{"reason", std::to_string(i)}}});
    }
    clock_.Advance(1s);
    log->Note({.who = "b", .what = "stop", .facts = {{"reason", "afterwards"}}});
  }
  const std::vector<json> lines = Lines();
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(AuditLog::kBurst) + 2);
  EXPECT_EQ(lines[lines.size() - 2]["what"], "events dropped");
  EXPECT_EQ(lines[lines.size() - 2]["times"], kFlood - static_cast<int>(AuditLog::kBurst));
  EXPECT_EQ(lines.back()["reason"], "afterwards");
}

TEST_F(AuditLogTest, OldFilesAreKeptUnderNumbersAndNotForEver) {
  {
    const auto log = Open();
    const std::string much(60'000, 'x');
    for (int i = 0; i < 200; ++i) {
      clock_.Advance(1s);
      log->Note({.who = "a", .what = "stop", .facts = {{"reason", much + std::to_string(i)}}});
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
  const std::string last = Lines().back()["reason"];
  EXPECT_TRUE(last.ends_with("x199"));
}

TEST_F(AuditLogTest, SaysWhereItCannotBeKept) {
  const auto log = AuditLog::Open("/proc/audit.log", clock_);
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(ProblemOf(log.status()).reason, "NOT_SAVED");
}

}  // namespace
}  // namespace soarm
