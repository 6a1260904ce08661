#include "server/control/stop_board.h"

#include <algorithm>
#include <utility>

#include "common/base/problem.h"
#include "server/control/lease_table.h"

namespace soarm::control {
namespace {

// As many as people can want apart, and a list that still can be read.
constexpr std::size_t kKeptApart = 256;

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
    if ((groups & MaskOfGroup(static_cast<GroupId>(i))) == 0) continue;
    Raise(authority_.groups[i].stop, level);
    authority_.groups[i].stops.fetch_add(1);
    if (level == StopLevel::kRelease) authority_.groups[i].releases.fetch_add(1);
  }
  StopAssertion stop{0, groups, level, std::move(source), std::move(reason), clock_.Now(), false};
  const std::lock_guard lock(mutex_);
  if (const StopAssertion* like = FindLike(stop)) {
    stop.id = like->id;
  } else {
    if (last_id_ >= last_safe_id_) {
      last_id_ += UnusedStopId();
      last_safe_id_ = std::numeric_limits<std::uint64_t>::max();
    }
    stop.id = ++last_id_;
    assertions_.push_back(stop);
    ++version_;
  }
  // A Clear() may have lowered the words since we raised them. Only that lowers any.
  for (std::size_t i = 0; i < group_count_; ++i) {
    if ((groups & MaskOfGroup(static_cast<GroupId>(i))) != 0) {
      Raise(authority_.groups[i].stop, level);
    }
  }
  changed_.Notify();
  return stop.id;
}

StopAssertion* StopBoard::FindLike(const StopAssertion& stop) {
  StopAssertion* like = nullptr;
  for (StopAssertion& known : assertions_) {
    if (known.groups != stop.groups || known.level != stop.level) continue;
    if (known.leaving) continue;
    if (known.source == stop.source && known.reason == stop.reason) return &known;
    like = &known;
  }
  return assertions_.size() < kKeptApart ? nullptr : like;
}

void StopBoard::SetLastSafeId(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  last_safe_id_ = id;
}

absl::Status UnknownStop(std::uint64_t id) {
  return ToStatus({.code = absl::StatusCode::kNotFound,
                   .reason = "UNKNOWN_STOP",
                   .subject = std::to_string(id),
                   .message = "no stop with id " + std::to_string(id) + " stands",
                   .fix = "List the stops with GetSafety, or clear all of them.",
                   .facts = {}});
}

std::uint64_t UnusedStopId() { return RandomWord() >> 34U; }

void StopBoard::Restore(std::uint64_t last_id, std::vector<StopAssertion> assertions) {
  const std::lock_guard lock(mutex_);
  last_id_ = last_id;
  assertions_ = std::move(assertions);
  for (const StopAssertion& stop : assertions_) last_id_ = std::max(last_id_, stop.id);
  Publish();
}

std::vector<std::uint64_t> StopBoard::BeginClear(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> ids;
  for (StopAssertion& assertion : assertions_) {
    if (id != 0 && assertion.id != id) continue;
    ids.push_back(assertion.id);
    if (!std::exchange(assertion.leaving, true)) ++version_;
  }
  if (!ids.empty()) changed_.Notify();
  return ids;
}

absl::Status StopBoard::Clear(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  GroupMask cleared = 0;
  bool is_news = false;  // for what is kept
  std::vector<StopAssertion> kept;
  for (StopAssertion& assertion : assertions_) {
    if (id == 0 || assertion.id == id) {
      cleared |= assertion.groups;
      is_news = is_news || !assertion.leaving;
    } else {
      kept.push_back(std::move(assertion));
    }
  }
  assertions_ = std::move(kept);
  if (cleared == 0 && id != 0) return UnknownStop(id);
  // A group that only held with a stopped one is not set in motion by this either.
  GroupMask shut_out = cleared;
  for (std::size_t i = 0; i < group_count_; ++i) {
    const bool stopped = (cleared & MaskOfGroup(static_cast<GroupId>(i))) != 0;
    if (stopped) shut_out |= authority_.groups[i].coupled.load();
  }
  const std::uint64_t first_new = authority_.newest_stream.load() + 1;
  for (std::size_t i = 0; i < group_count_; ++i) {
    if ((shut_out & MaskOfGroup(static_cast<GroupId>(i))) != 0) {
      authority_.groups[i].first_stream.store(first_new);
    }
  }
  Publish();
  if (is_news) {
    ++version_;
    changed_.Notify();
  }
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

StopBoard::Book StopBoard::Read() const {
  const std::lock_guard lock(mutex_);
  Book book{.version = version_.load(), .last_id = last_id_, .assertions = assertions_};
  std::erase_if(book.assertions, [](const StopAssertion& stop) { return stop.leaving; });
  return book;
}

std::vector<StopAssertion> StopBoard::List() const {
  const std::lock_guard lock(mutex_);
  return assertions_;
}

}  // namespace soarm::control
