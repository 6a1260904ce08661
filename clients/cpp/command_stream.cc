#include "clients/cpp/command_stream.h"

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

// The gRPC side: one read and at most one write in flight. gRPC may finish the call only after
// OnReadDone(false) gave back the hold; until then writes may be started from any thread.
class CommandStream::Call final
    : public grpc::ClientBidiReactor<v1::CommandFrame, v1::CommandEvent> {
 public:
  Call(Connection& connection, CommandStreamOptions options)
      : target_(connection.target()),
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
    pending_ = std::move(frame);
    if (!writing_) SendPending();
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
  // Needs mutex_.
  void SendPending() {
    writing_ = true;
    frame_ = *std::move(pending_);
    pending_.reset();
    frame_.set_beat(beat_);
    *frame_.mutable_lease() = options_.lease;
    frame_.set_group(options_.group);
    *frame_.mutable_ttl() = ToProto(options_.ttl);
    StartWrite(&frame_);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok || read_ended_) return;  // the read fails as well, and tells
    if (pending_) {
      SendPending();
    } else if (closing_) {
      StartWritesDone();
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
      beat_ = event_.beat().number();
    } else if (event_.has_verdict() && options_.on_verdict) {
      options_.on_verdict(event_.verdict());
    }
    StartRead(&event_);
  }

  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    status_ = FromGrpc(status, target_, kStreamCommands, closing_);
    finished_ = true;
    done_.notify_all();
  }

  // Constant after construction.
  const std::string target_;
  const CommandStreamOptions options_;
  const std::unique_ptr<v1::MotionService::Stub> stub_;
  grpc::ClientContext context_;
  // Owned by the read in flight.
  v1::CommandEvent event_;
  // Owned by the write in flight; started under mutex_.
  v1::CommandFrame frame_;
  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable done_;
  std::optional<v1::CommandFrame> pending_;
  std::uint64_t sequence_ = 0;
  std::uint64_t beat_ = 0;
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
