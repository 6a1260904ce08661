#include "clients/cpp/command_stream.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include "clients/cpp/durations.h"
#include "clients/cpp/grpc_error.h"
#include "soarm/v1/motion.grpc.pb.h"

namespace soarm::client {
namespace {

// What the daemon grants (motion.proto).
constexpr Nanos kShortestTtl = std::chrono::milliseconds(20);
constexpr Nanos kLongestTtl = std::chrono::milliseconds(500);
constexpr Nanos kLongestBaseTtl = std::chrono::milliseconds(250);

}  // namespace

// The gRPC side: one read and at most one write in flight. gRPC may finish the call only after
// OnReadDone(false) gave back the hold; until then writes may be started from any thread.
class CommandStream::Call final
    : public grpc::ClientBidiReactor<v1::CommandFrame, v1::CommandEvent> {
 public:
  Call(Connection& connection, CommandStreamOptions options)
      : connection_(connection),
        options_(std::move(options)),
        stub_(v1::MotionService::NewStub(connection.channel())) {
    stub_->async()->StreamCommands(&context_, this);
    AddHold();
    StartRead(&event_);
    StartCall();
  }

  std::uint64_t Post(v1::CommandFrame frame) {
    const std::lock_guard lock(mutex_);
    if (closing_ || read_ended_) return 0;
    frame.set_seq(++sequence_);
    frame.set_beat(beat_.number());
    pending_ = {.frame = std::move(frame), .posted_at = clock_.Now()};
    SendPending();
    return sequence_;
  }

  bool ended() const {
    const std::lock_guard lock(mutex_);
    return read_ended_;
  }

  absl::Status status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

  absl::Status Close(Nanos timeout) {
    std::unique_lock lock(mutex_);
    if (!closing_ && !read_ended_) {
      pending_.reset();
      closing_ = true;
      if (!writing_) StartWritesDone();
    }
    if (!done_.wait_for(lock, timeout, [this] { return finished_; })) {
      lock.unlock();
      context_.TryCancel();
      lock.lock();
      done_.wait(lock, [this] { return finished_; });
    }
    return status_;
  }

 private:
  struct Pending {
    v1::CommandFrame frame;  // with the newest beat of when it was posted
    MonoTime posted_at{};
  };

  // All of these need mutex_.

  // Nothing goes out before the first beat is here: the daemon could not tell how long such a frame
  // had been on its way, and a link that froze would deliver it as new.
  void SendPending() {
    if (!pending_ || writing_ || beat_.number() == 0) return;
    writing_ = true;
    frame_ = std::move(pending_->frame);
    const Nanos waited = clock_.Now() - pending_->posted_at;
    pending_.reset();
    *frame_.mutable_lease() = options_.lease;
    frame_.set_group(options_.group);
    if (frame_.beat() == 0) {
      LiveSince(waited);
    } else {
      *frame_.mutable_ttl() = ToProto(options_.ttl);
    }
    StartWrite(&frame_);
  }

  // Of a frame that was posted before the first beat came: it lives from then, too. The newest
  // beat was sent before now, so that what is left from there ends no later.
  void LiveSince(Nanos waited) {
    const Nanos longest = frame_.has_twist() ? kLongestBaseTtl : kLongestTtl;
    const Nanos left = std::min(options_.ttl, longest) - waited;
    frame_.set_beat(beat_.number());
    if (left >= kShortestTtl) {
      *frame_.mutable_ttl() = ToProto(left);
    } else {  // over, or nearly: the daemon's verdict will say so
      frame_.set_not_after_ns(beat_.sent_ns() + left.count());
    }
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok || read_ended_) return;  // the read fails as well, and tells
    if (closing_) {
      StartWritesDone();
    } else {
      SendPending();
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      {
        const std::lock_guard lock(mutex_);
        read_ended_ = true;
        pending_.reset();
      }
      RemoveHold();
      return;
    }
    if (event_.has_beat()) {
      const std::lock_guard lock(mutex_);
      beat_ = event_.beat();
      SendPending();
    } else if (event_.has_verdict() && options_.on_verdict) {
      options_.on_verdict(event_.verdict());
    }
    StartRead(&event_);
  }

  void OnDone(const grpc::Status& status) override {
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) connection_.Revive();
    const std::lock_guard lock(mutex_);
    status_ = FromGrpc(status, connection_.target(), kStreamCommands, closing_);
    finished_ = true;
    done_.notify_all();
  }

  // Constant after construction.
  Connection& connection_;
  const CommandStreamOptions options_;
  MonotonicClock clock_;
  const std::unique_ptr<v1::MotionService::Stub> stub_;
  grpc::ClientContext context_;
  // Owned by the read in flight.
  v1::CommandEvent event_;
  // Owned by the write in flight; started under mutex_.
  v1::CommandFrame frame_;
  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable done_;
  std::optional<Pending> pending_;
  std::uint64_t sequence_ = 0;
  v1::Beat beat_;  // the newest; number 0: none yet
  bool writing_ = false;
  bool closing_ = false;
  bool read_ended_ = false;
  bool finished_ = false;
  absl::Status status_;
};

CommandStream::CommandStream(Connection& connection, CommandStreamOptions options)
    : call_(std::make_unique<Call>(connection, std::move(options))) {}

CommandStream::~CommandStream() { (void)call_->Close(Nanos{0}); }

std::uint64_t CommandStream::Post(const v1::JointTargets& targets) {
  v1::CommandFrame frame;
  *frame.mutable_joints() = targets;
  return call_->Post(std::move(frame));
}

std::uint64_t CommandStream::Post(const v1::BaseTwist& twist) {
  v1::CommandFrame frame;
  *frame.mutable_twist() = twist;
  return call_->Post(std::move(frame));
}

bool CommandStream::ended() const { return call_->ended(); }
absl::Status CommandStream::status() const { return call_->status(); }
absl::Status CommandStream::Close(Nanos timeout) { return call_->Close(timeout); }

}  // namespace soarm::client
