#include "server/runtime/stop_keeper.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <pthread.h>

#include "common/base/clean_text.h"
#include "common/base/problem.h"
#include "common/log/log.h"

namespace soarm {
namespace {

constexpr Nanos kRetryAfter = std::chrono::seconds(1);
// A disk that takes longer to write some hundred bytes does not answer.
constexpr Nanos kHangs = std::chrono::milliseconds(200);
// The stops of one life after the last that could be kept: the next one begins behind them. More
// are given ids far away.
constexpr std::uint64_t kIdsAhead = 1000;

}  // namespace

StopKeeper::StopKeeper(control::ControlledRobot& robot, StopStore* store, Clock& clock)
    : robot_(robot), store_(store), clock_(clock) {}

StopKeeper::~StopKeeper() {
  Stop(Nanos{0});
  if (thread_.joinable()) thread_.join();
}

void StopKeeper::Restore() {
  if (store_ == nullptr) return;
  const absl::StatusOr<KeptStops> kept = store_->Load();
  if (kept.ok()) {
    for (const KeptStop& stop : kept->stops) stored_ids_.push_back(stop.id);
    ReadBack(*kept);
  } else {
    store_holds_ = true;
    const Problem problem = ProblemOf(kept.status());
    ComponentLog("stop")->error("everything holds: {} {}", problem.message, problem.fix);
    robot_.stops().Restore(control::UnusedStopId(), {});
    robot_.stops().Assert(robot_.all_groups(), StopLevel::kHold, "state file",
                          CleanText(problem.message, kLongestReason));
  }
  Save();
  if (failure().ok()) return;
  // What this life gives away the next one could not know of: give what it will not meet.
  const control::StopBoard::Book book = robot_.stops().Read();
  if (kept.ok())
    robot_.stops().Restore(book.last_id + 1 + control::UnusedStopId(), book.assertions);
}

void StopKeeper::ReadBack(const KeptStops& kept) {
  std::vector<control::StopAssertion> stops;
  std::string unknown;
  for (const KeptStop& stop : kept.stops) {
    control::GroupMask mask = stop.groups.empty() ? robot_.all_groups() : control::GroupMask{0};
    for (const std::string& name : stop.groups) {
      const auto group = robot_.FindGroup(name);
      if (!name.empty() && group.ok()) {
        mask |= control::MaskOfGroup(*group);
      } else {
        unknown = name;
      }
    }
    if (mask == 0) continue;
    // Whoever wrote the file by hand need not have cleaned the texts, which are written again.
    stops.push_back({stop.id, mask, stop.level, CleanText(stop.source, kLongestReason),
                     CleanText(stop.reason, kLongestReason), stop.at});
  }
  const std::uint64_t first = kept.is_new ? 0 : kept.last_id + kIdsAhead;
  robot_.stops().Restore(first, std::move(stops));
  if (!unknown.empty()) {
    robot_.stops().Assert(robot_.all_groups(), StopLevel::kHold, "state file",
                          "the group " + unknown + " was stopped and is not here any more");
  }
}

void StopKeeper::Start() {
  if (store_ == nullptr || is_started()) return;
  started_.store(true);
  thread_ = std::thread([this] { Run(); });
}

bool StopKeeper::Stop(Nanos patience) {
  if (!thread_.joinable()) return true;
  stopping_.store(true);
  robot_.stops().changed().Notify();
  {
    std::unique_lock lock(mutex_);
    if (!has_ended_.wait_for(lock, patience, [this] { return ended_; })) return false;
  }
  thread_.join();
  return true;
}

void StopKeeper::Run() {
  ::pthread_setname_np(::pthread_self(), "keep");
  WakeSignal& changed = robot_.stops().changed();
  while (!stopping_.load()) {
    const std::uint32_t seen = changed.count();
    Step();
    changed.Wait(seen, clock_.Now() + kRetryAfter);
  }
  retry_at_ = {};
  Step();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  has_ended_.notify_all();
}

void StopKeeper::Hurry() {
  hurries_.store(true);
  robot_.stops().changed().Notify();
}

void StopKeeper::Step() {
  if (store_ == nullptr) return;
  const std::lock_guard stepping(stepping_);
  if (!hurries_.exchange(false) && clock_.Now() < retry_at_) return;
  // Removed by somebody: what is kept nowhere is not kept.
  const bool is_lost = !store_->Remains();
  if (is_lost) kept_.store(0);
  if (owes_ || is_lost || !IsKept(robot_.stops().version())) Save();
}

void StopKeeper::Save() {
  const control::StopBoard::Book book = robot_.stops().Read();
  writing_since_ns_.store(ToNanos(clock_.Now()));
  absl::Status saved = store_->Save(Render(book));
  owes_ = !saved.ok();
  if (saved.ok()) {
    stored_ids_.clear();
    for (const control::StopAssertion& stop : book.assertions) stored_ids_.push_back(stop.id);
    store_holds_ = false;
    robot_.stops().SetLastSafeId(book.last_id + kIdsAhead);
    kept_.store(book.version);
  } else {
    retry_at_ = clock_.Now() + kRetryAfter;
    if (Withdraw(book)) cleared_.store(book.version);
  }
  writing_since_ns_.store(0);
  bool is_news = false;
  {
    const std::lock_guard lock(mutex_);
    is_news = failure_ != saved;
    failure_ = saved;
  }
  tried_.store(book.version);
  if (!is_news) return;
  if (saved.ok()) {
    ComponentLog("stop")->info("the stops are kept again");
  } else {
    const Problem problem = ProblemOf(saved);
    ComponentLog("stop")->error("the stops would not outlive a restart: {} {}", problem.message,
                                problem.fix);
  }
}

bool StopKeeper::Withdraw(const control::StopBoard::Book& book) {
  const bool stands = !book.assertions.empty();
  const auto stays = [&book](std::uint64_t id) {
    return std::ranges::any_of(book.assertions, [id](const auto& stop) { return stop.id == id; });
  };
  const bool is_outdated = !std::ranges::all_of(stored_ids_, stays);
  if (!is_outdated && (stands || !store_holds_)) return !store_holds_;
  if (!store_->Withdraw(stands).ok()) return false;
  stored_ids_.clear();
  store_holds_ = stands;
  return !stands;
}

absl::Status StopKeeper::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

absl::Status StopKeeper::WhyNotKept() const {
  const absl::Status why = failure();
  const std::int64_t since_ns = writing_since_ns_.load();
  if (!why.ok() || since_ns == 0 || clock_.Now() - FromNanos(since_ns) < kHangs) return why;
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "NOT_SAVED",
                   .subject = {},
                   .message = "The disk of the state directory does not answer.",
                   .fix = "Look after it, and at the stops again before you restart the daemon.",
                   .facts = {}});
}

KeptStops StopKeeper::Render(const control::StopBoard::Book& book) const {
  KeptStops kept;
  kept.last_id = book.last_id;
  for (const control::StopAssertion& stop : book.assertions) {
    KeptStop one{.id = stop.id,
                 .level = stop.level,
                 .groups = {},
                 .source = stop.source,
                 .reason = stop.reason,
                 .at = stop.at};
    if (stop.groups != robot_.all_groups()) {
      for (std::size_t i = 0; i < robot_.groups().size(); ++i) {
        const auto id = static_cast<control::GroupId>(i);
        if ((stop.groups & control::MaskOfGroup(id)) == 0) continue;
        one.groups.push_back(robot_.groups()[i].name);
      }
    }
    kept.stops.push_back(std::move(one));
  }
  return kept;
}

}  // namespace soarm
