#include "server/runtime/stop_watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/base/problem.h"
#include "server/control/stop_reach.h"

namespace soarm {
namespace {

// A healthy bus reads a stop back within a few ticks, and the cycle says so when it did not after
// 50 ms. Who stops a robot hears about it within 100 ms, its way there and back included.
constexpr Nanos kReachPatience = std::chrono::milliseconds(80);
constexpr Nanos kKeepPatience = std::chrono::milliseconds(50);

constexpr int kTicks = 3;  // at rates at which these take longer

Nanos PeriodOf(double rate_hz) {
  return std::chrono::round<Nanos>(std::chrono::duration<double>(1.0 / rate_hz));
}

absl::Status NotKeptYet() {
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "NOT_SAVED",
                   .subject = {},
                   .message = "The stop is in force, and not on the disk yet.",
                   .fix = "Look at the stops again before you restart the daemon.",
                   .facts = {}});
}

}  // namespace

StopWatch::StopWatch(control::ControlledRobot& robot, const StopKeeper& keeper, double rate_hz,
                     Clock& clock)
    : robot_(robot),
      keeper_(keeper),
      clock_(clock),
      patience_(rate_hz > 0 ? std::max(kReachPatience, kTicks * PeriodOf(rate_hz))
                            : kReachPatience) {}

StopWatch::Look StopWatch::Begin(control::GroupMask groups) const {
  control::GroupMask read_only = groups & ~robot_.writable_groups();
  for (std::size_t i = 0; i < robot_.groups().size(); ++i) {
    const auto id = static_cast<control::GroupId>(i);
    if (robot_.StopOf(id) != StopLevel::kRelease) read_only &= ~control::MaskOfGroup(id);
  }
  return {.groups = groups & robot_.writable_groups(),
          .read_only = read_only,
          .since = clock_.Now(),
          .version = robot_.stops().version()};
}

std::optional<StopReport> StopWatch::Report(const Look& look, MonoTime now) const {
  const Nanos waited = now - look.since;
  if (waited < patience_ && !IsSettled(look)) return std::nullopt;
  if (waited < kKeepPatience && !keeper_.IsKept(look.version) && keeper_.failure().ok()) {
    return std::nullopt;
  }
  return ReportNow(look);
}

// Only where there is nothing to bring to rest is it clear at once.
bool StopWatch::IsSettled(const Look& look) const {
  for (std::size_t i = 0; i < robot_.groups().size(); ++i) {
    if ((look.groups & control::MaskOfGroup(static_cast<control::GroupId>(i))) == 0) continue;
    const GroupInfo& place = robot_.groups()[i];
    const BusState state = robot_.State(place.bus);
    if (!state.open) return false;
    for (std::size_t j = 0; j < state.joints.size(); ++j) {
      if ((place.joints & MaskOf(j)) == 0) continue;
      const JointSample& sample = state.joints[j].sample;
      if (sample.torque_on || sample.sampled_at <= look.since) return false;
    }
  }
  return true;
}

StopReport StopWatch::ReportNow(const Look& look) const {
  StopReport report;
  for (std::size_t i = 0; i < robot_.groups().size(); ++i) {
    const auto id = static_cast<control::GroupId>(i);
    const bool read_only = (look.read_only & control::MaskOfGroup(id)) != 0;
    if (!read_only && (look.groups & control::MaskOfGroup(id)) == 0) continue;
    const GroupInfo& place = robot_.groups()[i];
    const BusState state = robot_.State(place.bus);
    const JointMask missed = read_only ? control::EnergisedJoints(state, place.joints)
                                       : control::NotReached(state, place.joints, look.since);
    for (std::size_t j = 0; j < kMaxJoints; ++j) {
      if ((missed & MaskOf(j)) == 0) continue;
      report.not_reached.push_back(robot_.SubjectOf(id, static_cast<JointIndex>(j)));
    }
  }
  if (!keeper_.IsKept(look.version)) {
    report.kept = keeper_.failure();
    if (report.kept.ok()) report.kept = NotKeptYet();
  }
  return report;
}

void StopWatch::Watch(control::GroupMask groups, std::function<void(const StopReport&)> done) {
  const Look look = Begin(groups);
  const std::lock_guard lock(mutex_);
  waiting_.push_back({look, std::move(done)});
}

bool StopWatch::OnWake(MonoTime now) {
  std::vector<std::pair<std::function<void(const StopReport&)>, StopReport>> reports;
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < waiting_.size();) {
      auto report = Report(waiting_[i].look, now);
      if (!report) {
        ++i;
        continue;
      }
      reports.emplace_back(std::move(waiting_[i].done), *std::move(report));
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    waits = !waiting_.empty();
  }
  for (const auto& [done, report] : reports) done(report);
  return waits;
}

void StopWatch::End() {
  std::vector<Waiting> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(waiting_);
  }
  for (const Waiting& waiting : ended) waiting.done(ReportNow(waiting.look));
}

}  // namespace soarm
