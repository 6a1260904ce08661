#include "server/runtime/command_streams.h"

#include <algorithm>
#include <utility>

#include "server/runtime/control_types.h"

namespace soarm {

std::uint64_t CommandStreams::Open(Robot::CommandListener listener) {
  const std::uint64_t stream = robot_.OpenStream();
  auto entry = std::make_shared<Stream>();
  entry->listener = std::move(listener);
  const std::lock_guard lock(mutex_);
  streams_.emplace(stream, std::move(entry));
  return stream;
}

absl::Status CommandStreams::Post(control::GroupId group, const LeaseRef& lease,
                                  const GroupCommand& command) {
  const control::LeaseRef ref = ToControl(lease);
  const absl::Status known = robot_.leases().Check(group, ref);
  // A lease that has ended is for the tick to refuse: its verdict keeps the order of the stream.
  if (absl::IsPermissionDenied(known)) return known;
  if (known.ok()) {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(command.stream);
    if (found != streams_.end()) {
      std::vector<Use>& uses = found->second->uses;
      const auto use = std::find_if(uses.begin(), uses.end(),
                                    [&](const Use& one) { return one.group == group; });
      if (use == uses.end()) {
        uses.push_back({group, ref});
      } else if (use->lease.fence != ref.fence) {
        use->lease = ref;
      }
    }
  }
  robot_.Post(group, command);
  return absl::OkStatus();
}

void CommandStreams::Close(std::uint64_t stream) {
  robot_.EndStream(stream);
  std::unique_lock lock(mutex_);
  streams_.erase(stream);
  if (publisher_.is_own_thread()) return;
  left_.wait(lock, [&] { return current_ != stream; });
}

void CommandStreams::OnWake() {
  for (std::size_t bus = 0; bus < robot_.bus_count(); ++bus) {
    while (const auto record = robot_.PopVerdict(bus)) Deliver(*record);
  }
  EndLost();
}

void CommandStreams::Deliver(const control::VerdictRecord& record) {
  std::unique_lock lock(mutex_);
  const auto found = streams_.find(record.stream);
  if (found == streams_.end() || !found->second->listener.verdict) return;
  const std::shared_ptr<Stream> stream = found->second;
  Call(lock, record.stream, [&] { stream->listener.verdict(FromControl(record)); });
}

void CommandStreams::EndLost() {
  std::unique_lock lock(mutex_);
  const auto streams = streams_;
  for (const auto& [id, stream] : streams) {
    if (stream->ended || !streams_.contains(id)) continue;
    absl::Status lost;
    for (const Use& use : stream->uses) {
      if (lost.ok()) lost = robot_.leases().Check(use.group, use.lease);
    }
    if (lost.ok()) continue;
    stream->ended = true;
    const std::shared_ptr<Stream> told = stream;  // clang's analyzer loses a binding in a lambda
    if (told->listener.ended) Call(lock, id, [&] { told->listener.ended(lost); });
  }
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
