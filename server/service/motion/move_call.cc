#include "server/service/motion/move_call.h"

#include <utility>

#include "server/service/edge/durations.h"
#include "server/service/edge/errors.h"

namespace soarm {

MoveCall* MoveCall::Start(const Edge& edge, const MoveRequest& request) {
  const auto call = std::make_shared<MoveCall>(edge);
  call->self_ = call;
  edge.streams.Add(call.get());
  const std::uint64_t move = edge.robot.StartMove(
      request, [call](const MoveProgress& progress) { call->OnProgress(progress); },
      [call](const absl::Status& status) { call->OnComplete(status); });
  bool ended = false;
  {
    const std::lock_guard lock(call->mutex_);
    call->move_ = move;
    ended = call->finished_ && !call->outcome_;
  }
  if (ended) edge.robot.CancelOperation(move);
  return call.get();
}

void MoveCall::OnProgress(const MoveProgress& progress) {
  const std::lock_guard lock(mutex_);
  if (finished_ || outcome_) return;
  v1::MoveToProgress message;
  message.set_fraction(progress.fraction);
  *message.mutable_remaining() = ToProto(progress.remaining);
  message.set_largest_error_rad(progress.largest_error_rad);
  message.set_speed_scale(progress.speed_scale);
  next_ = std::move(message);
  Advance();
}

void MoveCall::OnComplete(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  outcome_ = status;
  Advance();
}

void MoveCall::Advance() {
  if (writing_ || finished_) return;
  if (!outcome_) {
    if (!next_) return;
    out_ = *std::exchange(next_, std::nullopt);
    writing_ = true;
    StartWrite(&out_);
    return;
  }
  finished_ = true;
  if (!outcome_->ok()) {
    Finish(ToGrpc(*outcome_));
    return;
  }
  const double largest_error_rad = (next_ ? *next_ : out_).largest_error_rad();
  out_.Clear();
  out_.set_fraction(1);
  out_.set_done(true);
  out_.set_largest_error_rad(largest_error_rad);
  *out_.mutable_remaining() = ToProto(Nanos(0));
  StartWriteAndFinish(&out_, grpc::WriteOptions(), grpc::Status::OK);
}

void MoveCall::OnWriteDone(bool ok) {
  if (!ok) {
    OnCancel();
    return;
  }
  const std::lock_guard lock(mutex_);
  writing_ = false;
  Advance();
}

void MoveCall::OnCancel() { End(absl::CancelledError("the client ended the move")); }

void MoveCall::End(const absl::Status& status) {
  std::uint64_t move = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!outcome_) move = move_;
    if (!std::exchange(finished_, true)) Finish(ToGrpc(status));
  }
  if (move != 0) edge_.robot.CancelOperation(move);
}

void MoveCall::OnDone() {
  edge_.streams.Remove(this);
  const std::shared_ptr<MoveCall> last = std::move(self_);
}

}  // namespace soarm
