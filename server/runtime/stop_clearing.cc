#include "server/runtime/stop_clearing.h"

#include <chrono>
#include <string>
#include <utility>

#include "common/base/problem.h"

namespace soarm {
namespace {

// A slow card writes within this. Whoever clears a stop waits no longer for a disk that hangs.
constexpr Nanos kDiskPatience = std::chrono::seconds(1);

absl::Status NotClearedYet() {
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "NOT_SAVED",
                   .subject = {},
                   .message = "The stop is cleared, and the disk does not have that yet.",
                   .fix = "A restart may bring it back: look at GetSafety before you restart.",
                   .facts = {}});
}

}  // namespace

absl::Status StopClearing::Begin(std::uint64_t id, std::function<void(const ClearReport&)> done) {
  Waiting waiting;
  waiting.ids = robot_.stops().BeginClear(id);
  if (waiting.ids.empty() && id != 0) return control::UnknownStop(id);
  waiting.version = robot_.stops().version();
  waiting.until = clock_.Now() + kDiskPatience;
  waiting.done = std::move(done);
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(waiting));
  }
  keeper_.Hurry();
  if (keeper_.is_started()) return absl::OkStatus();
  keeper_.Step();
  OnWake(clock_.Now());
  return absl::OkStatus();
}

bool StopClearing::IsDue(const Waiting& waiting, MonoTime now) const {
  return waiting.ids.empty() || keeper_.IsTried(waiting.version) || now >= waiting.until;
}

bool StopClearing::OnWake(MonoTime now) {
  std::vector<Waiting> due;
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < waiting_.size();) {
      if (!IsDue(waiting_[i], now)) {
        ++i;
        continue;
      }
      due.push_back(std::move(waiting_[i]));
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    waits = !waiting_.empty();
  }
  for (const Waiting& waiting : due) Finish(waiting);
  return waits;
}

void StopClearing::End() {
  std::vector<Waiting> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(waiting_);
  }
  for (const Waiting& waiting : ended) Finish(waiting);
}

void StopClearing::Finish(const Waiting& waiting) {
  ClearReport report;
  for (const std::uint64_t id : waiting.ids) {
    // Another clear may have ended it first: it is cleared all the same.
    robot_.stops().Clear(id).IgnoreError();
    report.cleared.push_back(std::to_string(id));
  }
  if (!waiting.ids.empty() && !keeper_.IsCleared(waiting.version)) {
    report.kept = keeper_.failure();
    if (report.kept.ok()) report.kept = NotClearedYet();
  }
  waiting.done(report);
}

}  // namespace soarm
