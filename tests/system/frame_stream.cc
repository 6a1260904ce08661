#include "tests/system/frame_stream.h"

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include "clients/cpp/durations.h"
#include "clients/cpp/grpc_error.h"
#include "soarm/v1/motion.grpc.pb.h"
#include "tests/system/programs.h"

namespace soarm::test {

class FrameStream::Call {
 public:
  Call(client::Connection& connection, v1::LeaseRef lease)
      : lease_(std::move(lease)),
        target_(connection.target()),
        stub_(v1::MotionService::NewStub(connection.channel())),
        stream_(stub_->StreamCommands(&context_)),
        reader_([this] { ReadAll(); }) {}

  ~Call() {
    context_.TryCancel();
    (void)Join();
  }

  v1::CommandFrame Frame() {
    v1::CommandFrame frame;
    *frame.mutable_lease() = lease_;
    frame.set_seq(++sequence_);
    *frame.mutable_ttl() = client::ToProto(std::chrono::milliseconds(200));
    const std::lock_guard lock(mutex_);
    frame.set_beat(beat_.number());
    return frame;
  }

  bool Send(const v1::CommandFrame& frame) { return stream_->Write(frame); }

  v1::Beat beat() const {
    const std::lock_guard lock(mutex_);
    return beat_;
  }

  std::optional<v1::Verdict> VerdictOn(std::uint64_t seq) const {
    const std::lock_guard lock(mutex_);
    for (const v1::Verdict& verdict : verdicts_) {
      if (verdict.first_seq() <= seq && seq <= verdict.last_seq()) return verdict;
    }
    return std::nullopt;
  }

  std::vector<v1::Verdict> Verdicts() const {
    const std::lock_guard lock(mutex_);
    return verdicts_;
  }

  void NoMoreFrames() { stream_->WritesDone(); }

  bool ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

  absl::Status Join() {
    if (reader_.joinable()) {
      reader_.join();
      status_ = client::FromGrpc(stream_->Finish(), target_, client::kStreamCommands, false);
    }
    return status_;
  }

 private:
  void ReadAll() {
    v1::CommandEvent event;
    while (stream_->Read(&event)) {
      const std::lock_guard lock(mutex_);
      if (event.has_beat()) beat_ = event.beat();
      if (event.has_verdict()) verdicts_.push_back(event.verdict());
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }

  const v1::LeaseRef lease_;
  const std::string target_;
  const std::unique_ptr<v1::MotionService::Stub> stub_;
  grpc::ClientContext context_;
  const std::unique_ptr<grpc::ClientReaderWriter<v1::CommandFrame, v1::CommandEvent>> stream_;
  std::uint64_t sequence_ = 0;
  absl::Status status_;

  mutable std::mutex mutex_;  // guards what follows
  v1::Beat beat_;
  std::vector<v1::Verdict> verdicts_;
  bool ended_ = false;

  std::thread reader_;  // last: it uses all of the above
};

FrameStream::FrameStream(client::Connection& connection, const v1::LeaseRef& lease)
    : call_(std::make_unique<Call>(connection, lease)) {}
FrameStream::~FrameStream() = default;

v1::CommandFrame FrameStream::Frame(const v1::JointTargets& targets) {
  v1::CommandFrame frame = call_->Frame();
  *frame.mutable_joints() = targets;
  return frame;
}

bool FrameStream::Send(const v1::CommandFrame& frame) { return call_->Send(frame); }

std::uint64_t FrameStream::Command(const v1::JointTargets& targets) {
  const v1::CommandFrame frame = Frame(targets);
  return call_->Send(frame) ? frame.seq() : 0;
}

v1::Beat FrameStream::beat() const { return call_->beat(); }

v1::Beat FrameStream::WaitForBeat(std::int64_t sent_ns) const {
  v1::Beat newest;
  EXPECT_TRUE(Eventually([&] {
    newest = call_->beat();
    return newest.number() != 0 && newest.sent_ns() >= sent_ns;
  })) << "no beat";
  return newest;
}

std::optional<v1::Verdict> FrameStream::VerdictOn(std::uint64_t seq) const {
  return call_->VerdictOn(seq);
}

v1::Verdict FrameStream::WaitForVerdict(std::uint64_t seq) const {
  std::optional<v1::Verdict> verdict;
  EXPECT_TRUE(Eventually([&] {
    verdict = call_->VerdictOn(seq);
    return verdict.has_value();
  })) << "no verdict on frame "
      << seq;
  return verdict.value_or(v1::Verdict());
}

std::vector<v1::Verdict> FrameStream::Verdicts() const { return call_->Verdicts(); }
void FrameStream::NoMoreFrames() { call_->NoMoreFrames(); }
bool FrameStream::ended() const { return call_->ended(); }

absl::Status FrameStream::WaitForEnd() {
  if (Eventually([&] { return call_->ended(); })) return call_->Join();
  ADD_FAILURE() << "the stream goes on";
  return absl::OkStatus();
}

std::int64_t Now_ns() { return ToNanos(MonotonicClock().Now()); }

}  // namespace soarm::test
