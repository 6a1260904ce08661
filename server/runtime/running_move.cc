#include "server/runtime/running_move.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "server/runtime/asked_operation.h"

namespace soarm {
namespace {

constexpr Nanos kProgressEvery = std::chrono::milliseconds(50);

}  // namespace

RunningMove::RunningMove(control::ControlledRobot& robot,
                         const control::ControlledRobot::BegunMove& begun, Clock& clock,
                         Asked asked)
    : robot_(robot),
      asked_(std::move(asked)),
      move_(begun.move),
      operation_(begun.operation),
      start_by_(clock.Now() + AskedOperation::kTimeLimit) {}

bool RunningMove::EndWith(absl::Status status, Calls& calls) const {
  calls.emplace_back([done = asked_.done, status = std::move(status)] { done(status); });
  return true;
}

void RunningMove::Tell(const control::MoveState& move, Calls& calls) const {
  calls.emplace_back([told = asked_.progress, progress = ProgressOf(move)] { told(progress); });
}

bool RunningMove::Look(MonoTime now, Calls& calls) {
  if (operation_ != 0) {
    const std::optional<absl::Status> begun = robot_.TakeAnswer(operation_);
    if (!begun) {
      if (now < start_by_) return false;
      robot_.GiveUp(operation_);
      return EndWith(robot_.NoReply(asked_.group), calls);
    }
    if (!begun->ok()) return EndWith(*begun, calls);
    operation_ = 0;
  }
  control::MoveState move = robot_.Move(asked_.group);
  if (move.id < move_) return false;  // the tick that began it is not published yet
  if (move.id > move_) move.phase = control::MovePhase::kInterrupted;
  if (move.phase == control::MovePhase::kRunning) {
    if (now < next_progress_) return false;
    next_progress_ = now + kProgressEvery;
    Tell(move, calls);
    return false;
  }
  if (move.phase == control::MovePhase::kDone) Tell(move, calls);
  return EndWith(robot_.MoveStatus(asked_.group, asked_.lease, move), calls);
}

bool RunningMove::GiveUp(Calls& calls) {
  // One whose turn has not come is not waited for: it never comes.
  if (operation_ != 0) {
    robot_.GiveUp(operation_);
    const control::MoveState cancelled{.phase = control::MovePhase::kCancelled};
    return EndWith(robot_.MoveStatus(asked_.group, asked_.lease, cancelled), calls);
  }
  const auto asked = robot_.CancelMove(asked_.group, asked_.lease, move_);
  // Refused only with its lease, which ends the move as well; answered by the move's own end.
  if (asked.ok()) robot_.GiveUp(*asked);
  return false;
}

void RunningMove::End(const absl::Status& why, Calls& calls) { EndWith(why, calls); }

MoveProgress RunningMove::ProgressOf(const control::MoveState& move) const {
  MoveProgress progress;
  const bool done = move.phase == control::MovePhase::kDone;
  progress.fraction =
      done || move.duration_s <= 0 ? 1.0 : std::clamp(move.elapsed_s / move.duration_s, 0.0, 1.0);
  const double remaining_s = done ? 0.0 : std::max(0.0, move.duration_s - move.elapsed_s);
  progress.remaining = std::chrono::round<Nanos>(std::chrono::duration<double>(remaining_s));
  progress.largest_error_rad = LargestError();
  progress.speed_scale = robot_.SpeedScale(asked_.group);
  return progress;
}

double RunningMove::LargestError() const {
  const GroupInfo& place = robot_.groups()[asked_.group];
  const BusState state = robot_.State(place.bus);
  double largest_rad = 0;
  for (std::size_t i = 0; i < state.joints.size(); ++i) {
    if ((place.joints & MaskOf(i)) == 0) continue;
    const JointState& joint = state.joints[i];
    largest_rad = std::max(largest_rad, std::abs(joint.requested - joint.sample.position_rad));
  }
  return largest_rad;
}

}  // namespace soarm
