#include "server/control/stop_board.h"

#include <utility>

#include "common/base/problem.h"

namespace soarm::control {
namespace {

// Anybody may stop, so the list is bounded; what exceeds it is joined to the newest entry.
constexpr std::size_t kMaxAssertions = 256;

void Raise(std::atomic<StopLevel>& word, StopLevel level) noexcept {
  StopLevel now = word.load();
  while (now < level && !word.compare_exchange_weak(now, level)) {
  }
}

}  // namespace

StopBoard::StopBoard(std::size_t group_count, Authority& authority, const Clock& clock)
    : group_count_(group_count), authority_(authority), clock_(clock) {}

std::uint64_t StopBoard::Assert(GroupMask groups, StopLevel level, std::string source,
                                std::string reason) {
  for (std::size_t i = 0; i < group_count_; ++i) {
    if ((groups & MaskOfGroup(static_cast<GroupId>(i))) != 0) {
      Raise(authority_.groups[i].stop, level);
    }
  }
  const std::lock_guard lock(mutex_);
  std::uint64_t id = 0;
  for (const StopAssertion& known : assertions_) {
    if (known.groups == groups && known.level == level && known.source == source &&
        known.reason == reason) {
      id = known.id;
    }
  }
  if (id == 0 && assertions_.size() == kMaxAssertions) {
    StopAssertion& newest = assertions_.back();
    newest.groups |= groups;
    newest.level = Join(newest.level, level);
    id = newest.id;
  }
  if (id == 0) {
    id = ++last_id_;
    assertions_.push_back({id, groups, level, std::move(source), std::move(reason), clock_.Now()});
  }
  Publish();  // a Clear() may have lowered the words since we raised them
  changed_.Notify();
  return id;
}

absl::Status StopBoard::Clear(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  GroupMask cleared = 0;
  std::vector<StopAssertion> kept;
  for (StopAssertion& assertion : assertions_) {
    if (id == 0 || assertion.id == id) {
      cleared |= assertion.groups;
    } else {
      kept.push_back(std::move(assertion));
    }
  }
  assertions_ = std::move(kept);
  if (cleared == 0 && id != 0) {
    return ToStatus({.code = absl::StatusCode::kNotFound,
                     .reason = "UNKNOWN_STOP",
                     .subject = std::to_string(id),
                     .message = "no stop with id " + std::to_string(id) + " stands",
                     .fix = "List the stops with GetSafety, or clear all of them.",
                     .facts = {}});
  }
  const std::uint64_t first_new = authority_.newest_stream.load() + 1;
  for (std::size_t i = 0; i < group_count_; ++i) {
    if ((cleared & MaskOfGroup(static_cast<GroupId>(i))) != 0) {
      authority_.groups[i].first_stream.store(first_new);
    }
  }
  Publish();
  changed_.Notify();
  return absl::OkStatus();
}

void StopBoard::Publish() {
  for (std::size_t i = 0; i < group_count_; ++i) {
    StopLevel level = StopLevel::kNone;
    for (const StopAssertion& assertion : assertions_) {
      if ((assertion.groups & MaskOfGroup(static_cast<GroupId>(i))) != 0) {
        level = Join(level, assertion.level);
      }
    }
    authority_.groups[i].stop.store(level);
  }
}

std::vector<StopAssertion> StopBoard::List() const {
  const std::lock_guard lock(mutex_);
  return assertions_;
}

}  // namespace soarm::control
