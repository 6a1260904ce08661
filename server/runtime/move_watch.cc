#include "server/runtime/move_watch.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "server/runtime/control_types.h"

namespace soarm {
namespace {

constexpr Nanos kProgressEvery = std::chrono::milliseconds(50);
constexpr Nanos kCancelPatience = std::chrono::seconds(1);

}  // namespace

void MoveWatch::Expect(std::uint64_t id, Asked asked) {
  Running running;
  running.asked = std::move(asked);
  moves_.emplace(id, std::move(running));
}

void MoveWatch::Started(std::uint64_t id, const absl::StatusOr<std::uint64_t>& move) {
  const auto found = moves_.find(id);
  if (found == moves_.end()) return;
  if (!move.ok()) {
    const Completion done = std::move(found->second.asked.done);
    moves_.erase(found);
    done(move.status());
    return;
  }
  found->second.move = *move;
  if (found->second.cancelled) AskToCancel(found->second);
}

void MoveWatch::Cancel(std::uint64_t id) {
  const auto found = moves_.find(id);
  if (found == moves_.end() || std::exchange(found->second.cancelled, true)) return;
  if (found->second.move != 0) AskToCancel(found->second);
}

// Fails only where the move has ended by itself, which OnWake() sees; a full pool leaves it to the
// end of the lease.
void MoveWatch::AskToCancel(const Running& running) {
  workers_.Submit(
      [this, group = running.asked.group, lease = running.asked.lease, move = running.move] {
        (void)robot_.CancelMove(group, lease, move, clock_.Now() + kCancelPatience);
      });
}

void MoveWatch::OnWake(MonoTime now) {
  for (auto next = moves_.begin(); next != moves_.end();) {
    const auto entry = next++;
    Running& running = entry->second;
    if (running.move == 0) continue;
    control::MoveProgress move = robot_.Move(running.asked.group);
    if (move.id < running.move) continue;  // the tick that began it is not published yet
    if (move.id > running.move) move.phase = control::MovePhase::kInterrupted;
    if (move.phase == control::MovePhase::kRunning) {
      if (now < running.next_progress) continue;
      running.next_progress = now + kProgressEvery;
      running.asked.progress(ProgressOf(running, move));
      continue;
    }
    if (move.phase == control::MovePhase::kDone) running.asked.progress(ProgressOf(running, move));
    const Completion done = std::move(running.asked.done);
    const absl::Status status = robot_.MoveStatus(running.asked.group, move);
    moves_.erase(entry);
    done(status);
  }
}

MoveProgress MoveWatch::ProgressOf(const Running& running,
                                   const control::MoveProgress& move) const {
  MoveProgress progress;
  const bool done = move.phase == control::MovePhase::kDone;
  progress.fraction =
      done || move.duration_s <= 0 ? 1.0 : std::clamp(move.elapsed_s / move.duration_s, 0.0, 1.0);
  const double remaining_s = done ? 0.0 : std::max(0.0, move.duration_s - move.elapsed_s);
  progress.remaining = std::chrono::round<Nanos>(std::chrono::duration<double>(remaining_s));
  progress.largest_error_rad = LargestError(running.asked.group);
  return progress;
}

double MoveWatch::LargestError(control::GroupId group) const {
  const control::GroupPlace& place = robot_.groups()[group];
  const BusState state = robot_.State(place.bus);
  double largest_rad = 0;
  for (std::size_t i = 0; i < state.joints.size(); ++i) {
    if ((place.model.joints & MaskOf(i)) == 0) continue;
    const JointState& joint = state.joints[i];
    largest_rad = std::max(largest_rad, std::abs(joint.applied - joint.sample.position_rad));
  }
  return largest_rad;
}

}  // namespace soarm
