#include "server/service/state/state_watcher.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/service/edge/errors.h"
#include "soarm/v1/state.pb.h"

namespace soarm {
namespace {

// Protobuf joins concatenated messages, so `skipped`, the one field that differs from stream to
// stream, is appended to the shared bytes.
grpc::ByteBuffer WithSkipped(const grpc::Slice& frame, std::uint32_t skipped) {
  if (skipped == 0) return grpc::ByteBuffer(&frame, 1);
  v1::StateFrame tail;
  tail.set_skipped(skipped);
  const std::array<grpc::Slice, 2> slices = {frame, grpc::Slice(tail.SerializeAsString())};
  return grpc::ByteBuffer(slices.data(), slices.size());
}

}  // namespace

StateWatcher::StateWatcher(const Edge& edge, FrameCache& frames, std::string selection,
                           std::vector<const GroupInfo*> groups, Nanos period)
    : edge_(edge),
      frames_(frames),
      selection_(std::move(selection)),
      groups_(std::move(groups)),
      period_(period) {}

void StateWatcher::Start() {
  edge_.streams.Add(this);
  {
    const std::lock_guard lock(mutex_);
    due_ = edge_.clock.Now() + period_;
    if (!finished_) Send();
  }
  edge_.robot.AddListener(this);
}

void StateWatcher::OnTick() {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  const MonoTime now = edge_.clock.Now();
  if (now < due_) return;
  // An absolute schedule keeps the rate; after a stall it starts anew rather than catch up.
  due_ = std::max(due_ + period_, now);
  if (!writing_) {
    Send();
    return;
  }
  if (waiting_) ++skipped_;
  waiting_ = true;
}

void StateWatcher::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  if (finished_) return;
  if (!ok) {
    Finish(absl::CancelledError("the client is gone"));
  } else if (waiting_) {
    Send();
  }
}

void StateWatcher::OnCancel() { End(absl::CancelledError("the client cancelled")); }

void StateWatcher::OnDone() {
  edge_.robot.RemoveListener(this);
  edge_.streams.Remove(this);
  delete this;
}

void StateWatcher::End(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  Finish(status);
}

void StateWatcher::Send() {
  const absl::Status encoded = Walled([this] {
    out_ = WithSkipped(frames_.Newest(selection_, groups_), skipped_);
    return absl::OkStatus();
  });
  if (!encoded.ok()) {
    Finish(encoded);
    return;
  }
  skipped_ = 0;
  waiting_ = false;
  writing_ = true;
  StartWrite(&out_);
}

void StateWatcher::Finish(const absl::Status& status) {
  if (std::exchange(finished_, true)) return;
  ServerWriteReactor::Finish(ToGrpc(status));
}

}  // namespace soarm
