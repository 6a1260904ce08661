#include "server/audit/audit_log.h"

#include <atomic>
#include <exception>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/async.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include "common/base/clean_text.h"
#include "common/base/problem.h"
#include "common/base/small_file.h"
#include "common/log/log.h"

namespace soarm {
namespace {

// Lines that wait for the disk. The oldest go where it hangs.
constexpr std::size_t kQueue = 1024;
// Different things that one caller repeats at a time; more are written as they come.
constexpr std::size_t kMostRepeated = 64;

// What stands before each line's text, and the end of the line.
constexpr std::size_t kStamp_bytes = sizeof R"({"at":"2026-11-30T01:53:38.130Z",)";

std::string KeyOf(const AuditEvent& event) {
  return event.who + '\n' + event.what + '\n' + event.outcome;
}

}  // namespace

// What "audit" and whoever settles share. A disk that is full refuses every line; one word about
// all of them is enough.
struct AuditLog::File {
  std::atomic<std::size_t> refused{0};  // lines
  std::shared_ptr<spdlog::details::thread_pool> thread;
  std::shared_ptr<spdlog::logger> lines;
};

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(const std::string& file,
                                                         const Clock& clock) {
  if (const std::string kind = WhyNoRegularFile(file); !kind.empty()) {
    return Refuse(absl::StatusCode::kUnavailable, "NOT_SAVED", file,
                  "The audit log " + file + " cannot be written: " + kind + ".",
                  "Move it away and restart the daemon.");
  }
  auto written = std::make_unique<File>();
  try {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file, kMostBytes, kOldFiles);
    written->thread = std::make_shared<spdlog::details::thread_pool>(kQueue, 1);
    written->lines = std::make_shared<spdlog::async_logger>(
        "audit", std::move(sink), written->thread, spdlog::async_overflow_policy::overrun_oldest);
  } catch (const std::exception& error) {
    return Refuse(absl::StatusCode::kUnavailable, "NOT_SAVED", file,
                  "The audit log cannot be written: " + std::string(error.what()) + ".",
                  "Mend the state directory and restart the daemon.");
  }
  written->lines->set_pattern(R"({"at":"%Y-%m-%dT%H:%M:%S.%eZ",%v)",
                              spdlog::pattern_time_type::utc);
  written->lines->set_level(spdlog::level::info);
  written->lines->flush_on(spdlog::level::info);
  written->lines->set_error_handler([file = written.get()](const std::string& error) {
    if (file->refused++ == 0) ComponentLog("audit")->error("a line was not written: {}", error);
  });
  return std::unique_ptr<AuditLog>(new AuditLog(clock, std::move(written)));
}

AuditLog::AuditLog(const Clock& clock, std::unique_ptr<File> file)
    : clock_(clock), file_(std::move(file)), others_(clock.Now()) {}

AuditLog::~AuditLog() { SettleAll(); }

void AuditLog::SettleAll() {
  const std::lock_guard lock(mutex_);
  for (auto& [key, budget] : budgets_) SettleRepeated(budget, MonoTime::max());
  SettleRepeated(others_, MonoTime::max());
  TellDropped();
}

void AuditLog::Note(const AuditEvent& event) {
  const MonoTime now = clock_.Now();
  Settle(now);
  const std::lock_guard lock(mutex_);
  CallerBudget& budget = BudgetOf(event, now);
  // What has facts is told in full.
  if (event.facts.empty()) {
    const std::string key = KeyOf(event);
    if (const auto found = budget.repeated.find(key); found != budget.repeated.end()) {
      ++found->second.times;
      return;
    }
    if (budget.repeated.size() < kMostRepeated) {
      budget.repeated[key] = {.event = event, .since = now};
    }
  }
  if (budget.For(event).IsLeft(now)) {
    Write(event, 1, &budget);
  } else {
    ++budget.dropped;
    if (!dropped_since_) dropped_since_ = now;
  }
}

void AuditLog::Settle() {
  Settle(clock_.Now());
  // The oldest of too many that waited, and those that the disk refused.
  const std::size_t lost = file_->thread->overrun_counter() + file_->refused;
  const std::lock_guard lock(mutex_);
  if (lost == lost_told_) return;
  ComponentLog("audit")->error("lines that the disk did not take: {} since the start", lost);
  lost_told_ = lost;
}

void AuditLog::Settle(MonoTime now) {
  const std::lock_guard lock(mutex_);
  for (auto& [key, budget] : budgets_) SettleRepeated(budget, now - kRepeats);
  SettleRepeated(others_, now - kRepeats);
  if (dropped_since_ && now - *dropped_since_ >= kDroppedEvery) TellDropped();
}

CallerBudget& AuditLog::BudgetOf(const AuditEvent& event, MonoTime now) {
  const std::string key = BudgetKey(event.who);
  if (const auto found = budgets_.find(key); found != budgets_.end()) return found->second;
  if (budgets_.size() >= kMostCallers) {
    std::erase_if(budgets_, [now](const auto& entry) { return entry.second.IsIdle(now); });
  }
  if (budgets_.size() >= kMostCallers) return others_;
  return budgets_.emplace(key, CallerBudget(now)).first->second;
}

void AuditLog::SettleRepeated(CallerBudget& budget, MonoTime before) {
  std::erase_if(budget.repeated, [&](const auto& entry) {
    const auto& [event, since, times] = entry.second;
    if (since > before) return false;
    if (times > 0) Write(event, times, &budget);
    return true;
  });
}

void AuditLog::TellDropped() {
  dropped_since_.reset();
  std::uint64_t dropped = 0;
  std::string whose;
  const auto add = [&](const std::string& key, CallerBudget& budget) {
    const std::uint64_t times = std::exchange(budget.dropped, 0);
    if (times == 0) return;
    dropped += times;
    whose += (whose.empty() ? "" : ", ") + key + ": " + std::to_string(times);
  };
  for (auto& [key, budget] : budgets_) add(key, budget);
  add("others", others_);
  if (dropped == 0) return;
  Write({.who = "soarmd", .what = "events dropped", .facts = {{"of", whose}}}, dropped, nullptr);
}

void AuditLog::Write(const AuditEvent& event, std::uint64_t times, CallerBudget* budget) {
  using nlohmann::ordered_json;
  ordered_json line = {{"who", event.who}, {"what", event.what}, {"outcome", event.outcome}};
  if (times > 1) line["times"] = times;
  for (const auto& [key, value] : event.facts) line[key] = CutText(value, kLongestFact);
  const std::string text = line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  if (budget != nullptr)
    budget->For(event).Use(static_cast<double>(kStamp_bytes + text.size()), clock_.Now());
  file_->lines->info(text.substr(1));  // what it begins with is in the pattern
}

}  // namespace soarm
