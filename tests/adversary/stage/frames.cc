#include "tests/adversary/stage/frames.h"

#include <algorithm>
#include <cmath>

#include "tests/adversary/stage/clients.h"

namespace soarm::adversary {
namespace {

constexpr double kNanosPerSecond = 1e9;
constexpr std::uint64_t kRewindOneIn = 40;

}  // namespace

FrameStream::FrameStream(Clients& clients, Action action, std::uint64_t seed)
    : clients_(clients), action_(std::move(action)), random_(seed) {}

void FrameStream::FindWaves() {
  const GroupInfo& group = clients_.daemon().robot()->groups()[group_];
  const std::vector<JointFacts>& joints = clients_.scene().joints;
  const std::size_t first = clients_.SceneJoint(group.bus, 0);
  for (const auto& [key, text] : action_.arguments) {
    for (std::size_t i = first; i < joints.size() && joints[i].bus == group.bus; ++i) {
      if (joints[i].name != key) continue;
      Wave wave{.joint = i, .index = i - first};
      const std::size_t to = text.find('~');
      const std::size_t slash = text.find('/');
      ParseNumber(std::string_view(text).substr(0, to), wave.from);
      wave.to = wave.from;
      if (to != std::string::npos && slash != std::string::npos) {
        ParseNumber(std::string_view(text).substr(to + 1, slash - to - 1), wave.to);
        ParseSpan(std::string_view(text).substr(slash + 1), wave.period);
      }
      waves_.push_back(wave);
    }
  }
}

void FrameStream::Open() {
  Robot* robot = clients_.daemon().robot();
  const GroupInfo* group = clients_.FindGroup(action_.Text("group"));
  if (robot == nullptr || group == nullptr) return;
  group_ = static_cast<std::size_t>(group - robot->groups().data());
  life_ = clients_.daemon().life();
  FindWaves();
  std::weak_ptr<FrameStream> weak = weak_from_this();
  const absl::StatusOr<std::uint64_t> opened = robot->OpenCommands(
      {.verdict =
           [weak](const VerdictRecord& record) {
             const auto self = weak.lock();
             if (!self || self->clients_.IsGone(self->life_)) return;
             self->clients_.recorder().Tell(VerdictSeen{
                 .stream = record.stream,
                 .first_seq = record.first_sequence,
                 .last_seq = record.last_sequence,
                 .verdict = static_cast<VerdictName>(record.kind),
                 .decided_at = self->clients_.daemon().clock().ToStage(record.decided_at)});
           },
       .ended =
           [weak](const absl::Status& status) {
             const auto self = weak.lock();
             if (!self || self->clients_.IsGone(self->life_)) return;
             self->End(ReasonOf(status));
           }});
  stream_ = opened.value_or(0);
  clients_.recorder().Tell(StreamOpened{.client = action_.client, .stream = stream_});
  began_ = clients_.timeline().now();
  until_ = began_ + action_.Span("for", 0);
  Turn();
}

void FrameStream::Close() {
  if (stream_ == 0) return;
  const std::uint64_t stream = std::exchange(stream_, 0);
  if (clients_.IsGone(life_)) return;
  clients_.recorder().Tell(StreamClosed{.stream = stream});
  clients_.daemon().robot()->CloseCommands(stream);
}

void FrameStream::End(const std::string& reason) {
  if (stream_ == 0 || clients_.IsGone(life_)) return;
  clients_.recorder().Tell(StreamEnded{.stream = stream_, .reason = reason});
  Close();  // the call is over
}

void FrameStream::Turn() {
  if (stream_ == 0 || clients_.IsGone(life_)) return;
  Timeline& timeline = clients_.timeline();
  const Time frozen = clients_.daemon().frozen_until();
  const Time now = timeline.now();
  if (now < frozen) {  // what is sent meanwhile lies in the socket
    if (kept_back_.size() < 32) kept_back_.push_back(now);
  } else {
    kept_back_.push_back(now);
    const auto burst =
        static_cast<std::size_t>(std::max<std::int64_t>(1, action_.Integer("burst", 1)));
    const std::string_view order = action_.Text("order");
    if (kept_back_.size() >= std::max<std::size_t>(burst, order == "swap" ? 2 : 1)) {
      if (order == "swap") std::swap(kept_back_.front(), kept_back_.back());
      const std::uint64_t first = sequence_ + 1;
      sequence_ += kept_back_.size();
      for (std::size_t i = 0; i < kept_back_.size() && stream_ != 0; ++i) {
        const std::size_t place = order == "swap" ? kept_back_.size() - 1 - i : i;
        Send(first + place, kept_back_[i]);
        if (order == "repeat" && stream_ != 0) Send(first + place, kept_back_[i]);
      }
      kept_back_.clear();
      if (order == "rewind" && random_() % kRewindOneIn == 0) sequence_ = 0;
    }
  }
  const double rate = std::clamp(action_.Number("rate", 50), 0.1, 1000.0);
  const double share = std::clamp(action_.Number("jitter", 0), 0.0, 1.0);
  const double unit = static_cast<double>(random_() >> 11) / 9007199254740992.0;
  const auto period = static_cast<Time>(kNanosPerSecond / rate * (1.0 + share * (2 * unit - 1)));
  const Time next = now + std::max<Time>(period, 100'000);
  const std::weak_ptr<FrameStream> weak = weak_from_this();
  if (next <= until_) {
    timeline.At(next, [weak] {
      if (const auto self = weak.lock()) self->Turn();
    });
  } else if (action_.Text("close") == "yes") {
    timeline.At(std::max(next, frozen), [weak] {
      if (const auto self = weak.lock()) self->Close();
    });
  }
}

double FrameStream::ValueAt(const Wave& wave, Time since) {
  if (wave.period <= 0) return wave.from;
  const double phase = 2 * M_PI * static_cast<double>(since) / static_cast<double>(wave.period);
  return wave.from + (wave.to - wave.from) * (1 - std::cos(phase)) / 2;
}

void FrameStream::Send(std::uint64_t sequence, Time made_at) {
  Robot* robot = clients_.daemon().robot();
  const ProcessClock& clock = clients_.daemon().clock();
  const GroupInfo& group = robot->groups()[group_];
  const Reference reference = clients_.ReferenceFor(action_);
  const Time sent_at = made_at - action_.Span("late", 0);
  const Time not_after = sent_at + action_.Span("ttl", 200'000'000);
  FrameSent told{.stream = stream_,
                 .seq = sequence,
                 .group = group.name,
                 .lease = reference.shown,
                 .not_after = not_after};
  GroupCommand command;
  command.stream = stream_;
  command.sequence = sequence;
  command.epoch = reference.ref.epoch;
  command.fence = reference.ref.fence;
  command.received_at = clock.Now();
  command.not_after = clock.FromStage(not_after);
  for (const Wave& wave : waves_) {
    const double value = ValueAt(wave, made_at - began_);
    command.joints |= MaskOf(wave.index);
    command.target[wave.index] = value;
    told.targets.push_back({wave.joint, value});
  }
  // Who may not drive is told so by a verdict.
  told.posted = sequence > highest_;
  if (!told.posted) told.reason = "SEQUENCE_NOT_RISING";
  clients_.recorder().Tell(told);
  if (!told.posted) {
    End(told.reason);
    return;
  }
  highest_ = sequence;
  robot->PostCommand(group, reference.ref, command);
  clients_.daemon().WakeCallbacks();
}

}  // namespace soarm::adversary
