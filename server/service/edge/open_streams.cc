#include "server/service/edge/open_streams.h"

namespace soarm {

void OpenStreams::Add(OpenStream* stream) {
  const std::lock_guard lock(mutex_);
  streams_.insert(stream);
  if (ended_) stream->End(*ended_);
}

void OpenStreams::Remove(OpenStream* stream) {
  const std::lock_guard lock(mutex_);
  streams_.erase(stream);
  removed_.notify_all();
}

void OpenStreams::WaitUntilGone(Nanos patience) {
  std::unique_lock lock(mutex_);
  removed_.wait_for(lock, patience, [this] { return streams_.empty(); });
}

void OpenStreams::EndAll(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  ended_ = status;
  for (OpenStream* stream : streams_) stream->End(status);
}

}  // namespace soarm
