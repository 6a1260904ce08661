#include "tests/system/adversity/truth_log.h"

#include <utility>

namespace soarm::test {

TruthLog::TruthLog(client::Connection& simulator, double rate_hz) {
  reader_ = std::jthread([this, &simulator, rate_hz](const std::stop_token& stop) {
    sim::WatchTruthRequest request;
    request.set_rate_hz(rate_hz);
    const auto take = [this](const sim::Truth& truth) {
      const std::lock_guard lock(mutex_);
      frames_.push_back(truth);
      newest_ = truth;
      ++count_;
      changed_.notify_all();
      return true;
    };
    (void)simulator.Watch(kWatchTruth, request, take, {.timeout = Nanos{0}, .stop = stop});
  });
}

std::vector<sim::Truth> TruthLog::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(frames_, {});
}

sim::Truth TruthLog::Newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

bool TruthLog::WaitUntil(std::int64_t time_ns) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, Process::kPatience, [&] { return newest_.time_ns() > time_ns; });
}

bool TruthLog::WaitForFrames(int count) const {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = count_ + static_cast<std::uint64_t>(count);
  return changed_.wait_for(lock, Process::kPatience, [&] { return count_ >= wanted; });
}

}  // namespace soarm::test
