#include "server/runtime/command_streams.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "common/base/problem.h"
#include "server/core/bypass.h"
#include "server/runtime/verdict_record.h"

namespace soarm {
namespace {

// Neighbours are joined, so this many stand for very many more.
constexpr std::size_t kMostEarly = 1024;
// What waits is judged in the next tick of its bus; where none comes the end is told all the same.
constexpr Nanos kLongestWait = std::chrono::milliseconds(300);

absl::Status TooManyStreams() {
  return ToStatus({.code = absl::StatusCode::kResourceExhausted,
                   .reason = "TOO_MANY_STREAMS",
                   .subject = {},
                   .message = "As many command streams are open as the daemon keeps.",
                   .fix = "End streams that are not needed.",
                   .facts = {{"most", std::to_string(control::kMaxStreams)}}});
}

absl::Status MadeRoom() {
  return ToStatus(
      {.code = absl::StatusCode::kResourceExhausted,
       .reason = "TOO_MANY_STREAMS",
       .subject = {},
       .message = "The stream had no command with a lease and made room for another.",
       .fix = "Open a stream when you have a lease, and send its first command at once.",
       .facts = {{"most", std::to_string(control::kMaxStreams)}}});
}

}  // namespace

absl::StatusOr<std::uint64_t> CommandStreams::Open(Robot::CommandListener listener) {
  std::uint64_t stream = robot_.OpenStream();
  while (stream == 0 && MakeRoom()) stream = robot_.OpenStream();
  if (stream == 0) return TooManyStreams();
  auto entry = std::make_shared<Stream>();
  entry->listener = std::move(listener);
  const std::lock_guard lock(mutex_);
  streams_.emplace(stream, std::move(entry));
  return stream;
}

// A stranger's frames cost the lease table a look and this lock a note; the mailbox of the group
// they never see.
void CommandStreams::Post(control::GroupId group, const LeaseRef& lease,
                          const GroupCommand& command) {
  const Use use{group, lease};
  const LeaseStanding standing = robot_.leases().Judge(group, use.lease);
  {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(command.stream);
    if (found == streams_.end()) return;  // closed: nobody waits for a verdict
    if (!Admit(*found->second, use, standing, command)) return;
    ++found->second->at_ticks;
  }
  const std::optional<GroupCommand> displaced = robot_.Post(group, command);
  if (!displaced) return;
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(displaced->stream);
  if (found == streams_.end()) return;
  --found->second->at_ticks;
  const bool itself = displaced->stream == command.stream && displaced->fence == command.fence &&
                      displaced->sequence == command.sequence;
  if (itself) {
    Note(*found->second, *displaced, VerdictKind::kFenced, LeaseStanding::kEnded);
  } else {
    Note(*found->second, *displaced, VerdictKind::kSuperseded, LeaseStanding::kHolds);
  }
}

bool CommandStreams::Admit(Stream& stream, const Use& use, LeaseStanding standing,
                           const GroupCommand& command) {
  if (IsGateOff() && standing != LeaseStanding::kHolds) return true;
  if (stream.ended && standing == LeaseStanding::kHolds) {
    // Of a lease that is newer than the one that ended the stream: the end is its answer.
    if (!stream.why_ended.ok()) return false;
    standing = LeaseStanding::kEnded;
  }
  if (standing != LeaseStanding::kHolds) {
    Note(stream, command, VerdictKind::kFenced, standing);
    ++stream.refused_in_row;
    stream.refused = use;
    return false;
  }
  stream.refused_in_row = 0;
  const auto known = std::ranges::find(stream.uses, use.group, &Use::group);
  if (known == stream.uses.end()) {
    stream.uses.push_back(use);
  } else if (known->lease.fence != use.lease.fence) {
    known->lease = use.lease;
  }
  if (robot_.IsOpen(use.group)) return true;
  // No tick would look at it before the bus is open, and opening takes its time.
  Note(stream, command, VerdictKind::kHeld, standing);
  return false;
}

void CommandStreams::Note(Stream& stream, const GroupCommand& command, VerdictKind kind,
                          LeaseStanding standing) {
  const MonoTime now = clock_.Now();
  if (!stream.early.empty()) {
    VerdictRecord& last = stream.early.back();
    if (last.kind == kind && last.lease == standing && last.last_sequence + 1 == command.sequence) {
      last.last_sequence = command.sequence;
      last.decided_at = now;
      return;
    }
  }
  if (stream.early.size() == kMostEarly) {
    ++lost_;
    return;
  }
  VerdictRecord record;
  record.stream = command.stream;
  record.first_sequence = record.last_sequence = command.sequence;
  record.kind = kind;
  record.lease = standing;
  record.decided_at = now;
  stream.early.push_back(record);
  callbacks_.AwaitTick();
}

std::uint64_t CommandStreams::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void CommandStreams::Close(std::uint64_t stream) {
  robot_.EndStream(stream);
  std::unique_lock lock(mutex_);
  streams_.erase(stream);
  if (callbacks_.is_own_thread()) return;
  left_.wait(lock, [&] { return current_ != stream; });
}

void CommandStreams::OnWake() {
  // The ticks' first: what one of their commands displaced was noted before they saw it.
  for (std::size_t bus = 0; bus < robot_.bus_count(); ++bus) {
    while (const auto record = robot_.PopVerdict(bus)) records_.push_back(RecordOf(*record));
  }
  {
    const std::lock_guard lock(mutex_);
    for (const VerdictRecord& record : records_) {
      const auto found = streams_.find(record.stream);
      if (found != streams_.end()) --found->second->at_ticks;
    }
    for (const auto& [id, stream] : streams_) {
      records_.insert(records_.end(), stream->early.begin(), stream->early.end());
      stream->early.clear();
    }
  }
  std::ranges::sort(records_, {}, [](const VerdictRecord& record) {
    return std::tuple(record.stream, record.first_sequence);
  });
  for (const VerdictRecord& record : records_) Deliver(record);
  records_.clear();
  EndLost();
}

void CommandStreams::Deliver(const VerdictRecord& record) {
  std::unique_lock lock(mutex_);
  const auto found = streams_.find(record.stream);
  if (found == streams_.end() || !found->second->listener.verdict) return;
  const std::shared_ptr<Stream> stream = found->second;
  Call(lock, record.stream, [&] { stream->listener.verdict(record); });
}

absl::Status CommandStreams::WhyEnd(Stream& stream) const {
  for (const Use& use : stream.uses) {
    if (absl::Status lost = robot_.leases().Check(use.group, use.lease); !lost.ok()) return lost;
  }
  if (stream.refused_in_row < kMostRefused) return absl::OkStatus();
  stream.refused_in_row = 0;  // for a lease that was granted just now
  return robot_.leases().Check(stream.refused.group, stream.refused.lease);
}

bool CommandStreams::MayTellEnd(const Stream& stream) const {
  return !stream.why_ended.ok() &&
         (stream.at_ticks <= 0 || clock_.Now() - stream.ended_at >= kLongestWait);
}

void CommandStreams::EndLost() {
  std::unique_lock lock(mutex_);
  const auto streams = streams_;
  for (const auto& [id, stream] : streams) {
    if (!streams_.contains(id)) continue;
    if (!stream->ended) {
      stream->why_ended = WhyEnd(*stream);
      if (stream->why_ended.ok()) continue;
      stream->ended = true;
      stream->ended_at = clock_.Now();
      robot_.EndStream(id);
    }
    if (!MayTellEnd(*stream)) continue;
    const std::shared_ptr<Stream> told = stream;  // clang's analyzer loses a binding in a lambda
    const absl::Status why = std::exchange(told->why_ended, absl::OkStatus());
    const std::vector<VerdictRecord> verdicts = std::exchange(told->early, {});
    Call(lock, id, [&] { Tell(*told, verdicts, why); });
  }
}

bool CommandStreams::MakeRoom() {
  std::uint64_t oldest = 0;
  {
    const std::lock_guard lock(mutex_);
    // By number, and numbers rise: the first is the oldest.
    const auto found = std::ranges::find_if(streams_, [](const auto& entry) {
      return entry.second->uses.empty() && !entry.second->ended;
    });
    if (found == streams_.end()) return false;
    found->second->ended = true;
    oldest = found->first;
  }
  robot_.EndStream(oldest);
  callbacks_.Post([this, oldest] { TellEnd(oldest, MadeRoom()); });
  return true;
}

// Forgets it, too: its client may not read, and then it would be looked through for ever.
void CommandStreams::TellEnd(std::uint64_t stream, const absl::Status& why) {
  std::unique_lock lock(mutex_);
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  const std::shared_ptr<Stream> told = found->second;
  streams_.erase(found);
  const std::vector<VerdictRecord> verdicts = std::exchange(told->early, {});
  Call(lock, stream, [&] { Tell(*told, verdicts, why); });
}

void CommandStreams::Tell(const Stream& stream, const std::vector<VerdictRecord>& verdicts,
                          const absl::Status& why) {
  for (const VerdictRecord& record : verdicts) {
    if (stream.listener.verdict) stream.listener.verdict(record);
  }
  if (stream.listener.ended) stream.listener.ended(why);
}

template <typename Callback>
void CommandStreams::Call(std::unique_lock<std::mutex>& lock, std::uint64_t stream,
                          Callback callback) {
  current_ = stream;
  lock.unlock();
  callback();
  lock.lock();
  current_ = 0;
  left_.notify_all();
}

}  // namespace soarm
