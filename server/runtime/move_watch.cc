#include "server/runtime/move_watch.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "server/runtime/operation_watch.h"

namespace soarm {
namespace {

constexpr Nanos kProgressEvery = std::chrono::milliseconds(50);

}  // namespace

std::uint64_t MoveWatch::Start(const control::MoveGoal& goal, Asked asked) {
  const auto begun = robot_.StartMove(asked.group, asked.lease, goal);
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = ++last_;
  if (begun.ok()) {
    moves_[id] = {.asked = std::move(asked),
                  .move = begun->move,
                  .operation = begun->operation,
                  .start_by = clock_.Now() + OperationWatch::kTimeLimit};
  } else {
    callbacks_.Post([done = std::move(asked.done), why = begun.status()] { done(why); });
  }
  return id;
}

void MoveWatch::Cancel(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = moves_.find(id);
  if (found == moves_.end() || std::exchange(found->second.cancelled, true)) return;
  Running& running = found->second;
  // One whose turn has not come is not waited for: it never comes.
  if (running.operation != 0) {
    robot_.GiveUp(running.operation);
    callbacks_.Post(
        [done = std::move(running.asked.done),
         why = robot_.MoveStatus(running.asked.group, running.asked.lease,
                                 {.phase = control::MovePhase::kCancelled})] { done(why); });
    moves_.erase(found);
    return;
  }
  const auto asked = robot_.CancelMove(running.asked.group, running.asked.lease, running.move);
  // Refused only with its lease, which ends the move as well; answered by the move's own end.
  if (asked.ok()) robot_.GiveUp(*asked);
}

void MoveWatch::OnWake(MonoTime now) {
  std::vector<Call> calls;
  {
    const std::lock_guard lock(mutex_);
    for (auto next = moves_.begin(); next != moves_.end();) {
      const auto entry = next++;
      bool ended = false;
      Look(entry->second, now, calls, ended);
      if (ended) moves_.erase(entry);
    }
  }
  for (const Call& call : calls) call();
}

void MoveWatch::Look(Running& running, MonoTime now, std::vector<Call>& calls, bool& ended) {
  const auto end = [&](absl::Status status) {
    calls.emplace_back([done = running.asked.done, status = std::move(status)] { done(status); });
    ended = true;
  };
  const auto tell = [&](const MoveProgress& progress) {
    calls.emplace_back([told = running.asked.progress, progress] { told(progress); });
  };
  if (running.operation != 0) {
    const std::optional<absl::Status> begun = robot_.TakeAnswer(running.operation);
    if (!begun) {
      if (now < running.start_by) return;
      robot_.GiveUp(running.operation);
      return end(robot_.NoReply(running.asked.group));
    }
    if (!begun->ok()) return end(*begun);
    running.operation = 0;
  }
  control::MoveState move = robot_.Move(running.asked.group);
  if (move.id < running.move) return;  // the tick that began it is not published yet
  if (move.id > running.move) move.phase = control::MovePhase::kInterrupted;
  if (move.phase == control::MovePhase::kRunning) {
    if (now < running.next_progress) return;
    running.next_progress = now + kProgressEvery;
    return tell(ProgressOf(running, move));
  }
  if (move.phase == control::MovePhase::kDone) tell(ProgressOf(running, move));
  end(robot_.MoveStatus(running.asked.group, running.asked.lease, move));
}

void MoveWatch::End(const absl::Status& why) {
  std::map<std::uint64_t, Running> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(moves_);
  }
  for (const auto& [id, running] : ended) running.asked.done(why);
}

MoveProgress MoveWatch::ProgressOf(const Running& running, const control::MoveState& move) const {
  MoveProgress progress;
  const bool done = move.phase == control::MovePhase::kDone;
  progress.fraction =
      done || move.duration_s <= 0 ? 1.0 : std::clamp(move.elapsed_s / move.duration_s, 0.0, 1.0);
  const double remaining_s = done ? 0.0 : std::max(0.0, move.duration_s - move.elapsed_s);
  progress.remaining = std::chrono::round<Nanos>(std::chrono::duration<double>(remaining_s));
  progress.largest_error_rad = LargestError(running.asked.group);
  progress.speed_scale = robot_.SpeedScale(running.asked.group);
  return progress;
}

double MoveWatch::LargestError(control::GroupId group) const {
  const GroupInfo& place = robot_.groups()[group];
  const BusState state = robot_.State(place.bus);
  double largest_rad = 0;
  for (std::size_t i = 0; i < state.joints.size(); ++i) {
    if ((place.joints & MaskOf(i)) == 0) continue;
    const JointState& joint = state.joints[i];
    largest_rad = std::max(largest_rad, std::abs(joint.applied - joint.sample.position_rad));
  }
  return largest_rad;
}

}  // namespace soarm
