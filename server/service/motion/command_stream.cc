#include "server/service/motion/command_stream.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "server/service/edge/errors.h"
#include "server/service/edge/lease_ref.h"
#include "server/service/edge/malformed_request.h"
#include "server/service/edge/raw_message.h"
#include "server/service/motion/command_frame.h"

namespace soarm {
namespace {

using google::protobuf::internal::WireFormatLite;
using std::chrono::milliseconds;

// The contract says 50 ms; the rest is for the timer's and the machine's lateness.
constexpr milliseconds kBeatPeriod(40);
// What a client that closed its side waits for its last verdict: several ticks, and little enough
// that the arm holds within 100 ms of the end of the stream.
constexpr milliseconds kLongestDrain(30);

// The contract's: commands in a row without a lease that end a stream. The robot counts what it is
// given, and never sees a frame that names no lease or makes no sense.
constexpr int kMostLeaseless = 256;
// Likewise: frames that may act before their stream's first beat has come back.
constexpr std::int64_t kAtOnceWithoutBeat = 3;
constexpr milliseconds kWithoutBeatEvery(4);

// The seq of a frame that is no message of its type, where it has one that can be read; else 0.
std::uint64_t SequenceIn(std::string_view bytes) {
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  std::uint64_t sequence = 0;
  // As far as the bytes make sense.
  while (const std::uint32_t tag = input.ReadTag()) {
    if (tag == WireFormatLite::MakeTag(v1::CommandFrame::kSeqFieldNumber,
                                       WireFormatLite::WIRETYPE_VARINT)) {
      std::uint64_t value = 0;
      if (!input.ReadVarint64(&value)) break;
      sequence = value;
    } else if (!WireFormatLite::SkipField(&input, tag)) {
      break;
    }
  }
  return sequence;
}

std::chrono::system_clock::time_point After(milliseconds delay) {
  return std::chrono::system_clock::now() + delay;
}

milliseconds TickOf(const Robot& robot) {
  const double rate_hz = robot.rate_hz();
  return milliseconds(rate_hz > 0 ? std::lround(std::ceil(1000 / rate_hz)) : 1);
}

absl::Status NoLeaseNamed() {
  return Refuse(absl::StatusCode::kFailedPrecondition, "LEASE_MISSING", "",
                "No frame of this stream has named a lease.",
                "Acquire a lease and send it in the first frame.");
}

}  // namespace

CommandStream* CommandStream::Start(const Edge& edge, const absl::StatusOr<Caller>& caller) {
  const auto call = std::make_shared<CommandStream>(edge);
  call->from_network_ = caller.ok() && caller->listener() == ListenerKind::kTls;
  call->self_ = call;
  const std::weak_ptr<CommandStream> weak = call;
  Robot::CommandListener listener;
  listener.verdict = [weak](const VerdictRecord& record) {
    if (const auto self = weak.lock()) self->OnVerdict(record);
  };
  listener.ended = [weak](const absl::Status& reason) {
    if (const auto self = weak.lock()) self->OnLeaseLost(reason);
  };
  const auto stream = caller.ok() ? edge.robot.OpenCommands(std::move(listener))
                                  : absl::StatusOr<std::uint64_t>(caller.status());
  edge.streams.Add(call.get());
  if (!stream.ok()) {
    call->RefuseStream(stream.status());
    return call.get();
  }
  {
    const std::lock_guard lock(call->mutex_);
    call->stream_ = *stream;
    call->Advance();  // the first beat
  }
  call->ScheduleBeat();
  call->StartRead(&call->in_);
  return call.get();
}

void CommandStream::OnReadDone(bool ok) {
  if (!ok) {
    Drain(absl::OkStatus());
    return;
  }
  const absl::Status handled = Walled([this] { return HandleBytes(); });
  if (!handled.ok()) {
    Drain(handled);
    return;
  }
  in_.Clear();
  StartRead(&in_);
}

absl::Status CommandStream::HandleBytes() {
  v1::CommandFrame frame;
  if (ParseBuffer(in_, frame)) return Handle(frame);
  const MonoTime now = edge_.clock.Now();
  if (!first_received_at_) first_received_at_ = now;
  const std::uint64_t sequence = SequenceIn(BytesOf(in_));
  last_sequence_ = std::max(last_sequence_, sequence);
  Answer(EarlyVerdict(sequence, v1::REJECTED, now, Malformed("soarm.v1.CommandFrame")));
  return CountBadFrame();
}

// Only what breaks the stream itself is an error here; a bad frame is answered.
absl::Status CommandStream::Handle(const v1::CommandFrame& frame) {
  const MonoTime now = edge_.clock.Now();
  const absl::Status header = CheckHeader(frame);
  const std::optional<MonoTime> fresh_from = FreshFrom(frame, now);
  if (!header.ok()) {
    Answer(EarlyVerdict(frame.seq(), v1::REJECTED, now, header));
    return CountBadFrame();
  }
  const auto read = ReadFrame(edge_.robot, frame, now, fresh_from);
  if (const auto* refused = std::get_if<RefusedFrame>(&read)) {
    Answer(EarlyVerdict(frame.seq(), refused->kind, now, refused->why));
    return CountBadFrame();
  }
  const auto& accepted = std::get<AcceptedFrame>(read);
  GroupCommand command;
  command.sequence = frame.seq();
  command.epoch = lease_->epoch;
  command.fence = lease_->fence;
  command.received_at = now;
  command.not_after = accepted.not_after;
  command.joints = accepted.targets.joints;
  command.target = accepted.targets.value;
  {
    const std::lock_guard lock(mutex_);
    if (stream_ == 0) return absl::OkStatus();  // ending: nobody waits for this one
    command.stream = stream_;
    ++unjudged_;
    notes_.Add({frame.seq(), accepted.targets.group, frame.beat() != 0, accepted.granted_ttl,
                accepted.targets.clips});
  }
  edge_.robot.PostCommand(*accepted.targets.group, *lease_, command);
  return absl::OkStatus();
}

// A holder may send what makes no sense, for as long as it likes; a stranger may not.
absl::Status CommandStream::CountBadFrame() {
  absl::Status why = lease_ ? edge_.robot.CheckLease(*lease_) : NoLeaseNamed();
  const std::lock_guard lock(mutex_);
  if (why.ok()) leaseless_in_row_ = 0;
  if (why.ok() || ++leaseless_in_row_ < kMostLeaseless) return absl::OkStatus();
  return why;
}

// What the robot was given counts among the bad ones, so that who mixes them gets no further.
void CommandStream::CountJudged(const VerdictRecord& record) {
  const auto commands = static_cast<std::int64_t>(record.last_sequence - record.first_sequence) + 1;
  unjudged_ -= commands;
  const bool leaseless =
      record.kind == VerdictKind::kFenced && record.lease != LeaseStanding::kHolds;
  leaseless_in_row_ = leaseless ? leaseless_in_row_ + commands : 0;
}

// Ends it before it began.
void CommandStream::RefuseStream(const absl::Status& why) {
  const std::lock_guard lock(mutex_);
  beat_due_ = false;
  if (!outcome_) outcome_ = why;
  Advance();
}

absl::Status CommandStream::CheckHeader(const v1::CommandFrame& frame) {
  if (frame.seq() <= last_sequence_) {
    return Refuse(absl::StatusCode::kInvalidArgument, "SEQUENCE_NOT_RISING", "",
                  "The frame's seq is " + std::to_string(frame.seq()) + " after " +
                      std::to_string(last_sequence_) + ".",
                  "Number the frames 1, 2, 3, ...");
  }
  last_sequence_ = frame.seq();
  if (frame.has_lease()) lease_ = FromProto(frame.lease());
  if (lease_) return absl::OkStatus();
  return NoLeaseNamed();
}

// A frame that echoes no beat is as old as the stream's first one. Who waits for the first beat
// sends at a rate; more at once are the backlog of a link that stalled or of a daemon that stood
// still, as old as nobody knows, and long past. So is, from another machine, the first one: a link
// may have held it since the stream was opened.
std::optional<MonoTime> CommandStream::FreshFrom(const v1::CommandFrame& frame, MonoTime now) {
  if (!first_received_at_) first_received_at_ = now;
  if (frame.beat() == 0) {
    if (from_network_) return MonoTime{};
    ++without_beat_;
    const auto usual = kAtOnceWithoutBeat + (now - *first_received_at_) / kWithoutBeatEvery;
    return without_beat_ <= usual ? *first_received_at_ : MonoTime{};
  }
  const std::lock_guard lock(mutex_);
  return beats_.SentAt(frame.beat());
}

void CommandStream::Answer(const v1::Verdict& verdict) {
  const std::lock_guard lock(mutex_);
  verdicts_.Push(verdict);
  Advance();
}

void CommandStream::OnVerdict(const VerdictRecord& record) {
  const std::lock_guard lock(mutex_);
  CountJudged(record);
  verdicts_.Push(notes_.Complete(record));
  // Its callback runs elsewhere, at once: it may close the robot's stream, we may not.
  if (drain_alarm_ && unjudged_ <= 0) drain_alarm_->Cancel();
  Advance();
}

void CommandStream::OnLeaseLost(const absl::Status& reason) {
  const std::lock_guard lock(mutex_);
  if (!outcome_) outcome_ = reason;
  Advance();
}

void CommandStream::ScheduleBeat() {
  const std::lock_guard lock(mutex_);
  // One that is ending has nobody who needs a beat; where its client does not read, it stays so.
  if (finished_ || outcome_) return;
  // A new alarm each time: an alarm cannot be set from its own callback.
  beat_alarm_ = std::make_unique<grpc::Alarm>();
  beat_alarm_->Set(After(kBeatPeriod), [weak = weak_from_this()](bool ok) {
    const auto self = weak.lock();
    if (ok && self) self->OnBeatDue();
  });
}

void CommandStream::OnBeatDue() {
  {
    const std::lock_guard lock(mutex_);
    beat_due_ = true;
    Advance();
  }
  ScheduleBeat();
}

// A flood of frames that no tick sees is answered once a tick, too.
void CommandStream::PauseEarlyVerdicts() {
  if (finished_ || outcome_) return;
  paused_ = true;
  pause_alarm_ = std::make_unique<grpc::Alarm>();
  pause_alarm_->Set(After(TickOf(edge_.robot)), [weak = weak_from_this()](bool) {
    const auto self = weak.lock();
    if (!self) return;
    const std::lock_guard lock(self->mutex_);
    self->paused_ = false;
    self->Advance();
  });
}

// No more is read. A script that sends one command and closes its side still gets the verdict.
void CommandStream::Drain(const absl::Status& status) {
  {
    const std::lock_guard lock(mutex_);
    if (!finished_ && unjudged_ > 0) {
      drain_alarm_ = std::make_unique<grpc::Alarm>();
      drain_alarm_->Set(After(kLongestDrain), [weak = weak_from_this(), status](bool) {
        if (const auto self = weak.lock()) self->End(status);
      });
      return;
    }
  }
  End(status);
}

void CommandStream::OnWriteDone(bool ok) {
  if (!ok) {
    OnCancel();
    return;
  }
  const std::lock_guard lock(mutex_);
  writing_ = false;
  Advance();
}

void CommandStream::OnCancel() {
  Close();
  const std::lock_guard lock(mutex_);
  if (std::exchange(finished_, true)) return;
  Finish(ToGrpc(absl::CancelledError("the client is gone")));
}

void CommandStream::End(const absl::Status& status) {
  Close();
  const std::lock_guard lock(mutex_);
  if (!outcome_) outcome_ = status;
  Advance();
}

void CommandStream::Close() {
  std::uint64_t stream = 0;
  {
    const std::lock_guard lock(mutex_);
    stream = std::exchange(stream_, 0);
  }
  if (stream != 0) edge_.robot.CloseCommands(stream);
}

void CommandStream::Advance() {
  if (writing_ || finished_) return;
  v1::CommandEvent event;
  if (std::exchange(beat_due_, false)) {
    const MonoTime now = edge_.clock.Now();
    v1::Beat& beat = *event.mutable_beat();
    beat.set_number(beats_.Add(now));
    beat.set_sent_ns(ToNanos(now));
    beat.set_clock_id(edge_.clock_id.Now());
  } else if (paused_ && !outcome_ && verdicts_.can_grow()) {
    return;
  } else if (std::optional<v1::Verdict> verdict = verdicts_.Pop()) {
    if (verdict->tick() == 0 && verdicts_.empty()) PauseEarlyVerdicts();
    *event.mutable_verdict() = *std::move(verdict);
  } else {
    if (!outcome_) return;
    finished_ = true;
    Finish(ToGrpc(*outcome_));
    return;
  }
  writing_ = true;
  out_ = ToBuffer(event);
  StartWrite(&out_);
}

void CommandStream::OnDone() {
  Close();
  edge_.streams.Remove(this);
  const std::shared_ptr<CommandStream> last = std::move(self_);
}

}  // namespace soarm
