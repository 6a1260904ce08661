#include "server/audit/audit_log.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/async.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include "common/base/problem.h"
#include "common/log/log.h"

namespace soarm {
namespace {

// Lines that wait for the disk. The oldest go where it hangs.
constexpr std::size_t kQueue = 1024;
// Different things that are repeated at a time; more are written as they come.
constexpr std::size_t kMostRepeated = 256;

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
    : clock_(clock), file_(std::move(file)), room_at_(clock.Now()) {}

AuditLog::~AuditLog() { SettleAll(); }

void AuditLog::SettleAll() {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, repeated] : std::exchange(repeated_, {})) WriteRepeated(repeated);
}

void AuditLog::Note(const AuditEvent& event) {
  const MonoTime now = clock_.Now();
  Settle(now);
  const std::lock_guard lock(mutex_);
  // What has facts is told in full.
  if (event.facts.empty()) {
    const std::string key = KeyOf(event);
    if (const auto found = repeated_.find(key); found != repeated_.end()) {
      ++found->second.times;
      return;
    }
    if (repeated_.size() < kMostRepeated) repeated_[key] = {.event = event, .since = now};
  }
  if (HasRoom(now)) {
    Write(event, 1);
  } else {
    ++dropped_;
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
  std::erase_if(repeated_, [&](const auto& entry) {
    if (now - entry.second.since < kRepeats) return false;
    WriteRepeated(entry.second);
    return true;
  });
  if (dropped_ == 0 || !HasRoom(now)) return;
  Write({.who = "soarmd", .what = "events dropped"}, std::exchange(dropped_, 0));
}

bool AuditLog::HasRoom(MonoTime now) {
  const std::chrono::duration<double> passed = now - room_at_;
  room_at_ = now;
  room_ = std::min(kBurst, room_ + passed.count() * kLines_per_s);
  if (room_ < 1) return false;
  room_ -= 1;
  return true;
}

void AuditLog::WriteRepeated(const Repeated& repeated) {
  if (repeated.times > 0) Write(repeated.event, repeated.times);
}

void AuditLog::Write(const AuditEvent& event, std::uint64_t times) {
  using nlohmann::ordered_json;
  ordered_json line = {{"who", event.who}, {"what", event.what}, {"outcome", event.outcome}};
  if (times > 1) line["times"] = times;
  for (const auto& [key, value] : event.facts) line[key] = value;
  const std::string text = line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  file_->lines->info(text.substr(1));  // what it begins with is in the pattern
}

}  // namespace soarm
