#include "clients/cpp/state_watch.h"

#include <chrono>
#include <utility>

namespace soarm::client {
namespace {

constexpr std::chrono::milliseconds kAskAgain(200);

}  // namespace

StateWatch::StateWatch(Connection& connection, const std::string& group, double rate_hz) {
  v1::WatchStateRequest request;
  request.set_group(group);
  request.set_rate_hz(rate_hz);
  reader_ = std::jthread([this, &connection, request](const std::stop_token& stop) {
    Follow(connection, request, stop);
  });
}

void StateWatch::Follow(Connection& connection, const v1::WatchStateRequest& request,
                        const std::stop_token& stop) {
  const auto keep = [this](const v1::StateFrame& frame) {
    auto copy = std::make_shared<const v1::StateFrame>(frame);
    const std::lock_guard lock(mutex_);
    newest_ = std::move(copy);
    status_ = absl::OkStatus();
    changed_.notify_all();
    return true;
  };
  while (true) {
    absl::Status ended =
        connection.Watch(kWatchState, request, keep, {.timeout = Nanos{0}, .stop = stop});
    if (ended.ok()) ended = absl::UnavailableError("The daemon ended the stream of states.");
    const bool may_come_back = absl::IsUnavailable(ended);
    std::unique_lock lock(mutex_);
    status_ = std::move(ended);
    changed_.notify_all();
    if (!may_come_back) return;
    changed_.wait_for(lock, stop, kAskAgain, [] { return false; });
    if (stop.stop_requested()) return;
  }
}

StateWatch::~StateWatch() { reader_.request_stop(); }

std::shared_ptr<const v1::StateFrame> StateWatch::Newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

absl::StatusOr<std::shared_ptr<const v1::StateFrame>> StateWatch::First(Nanos timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [this] { return newest_ != nullptr || !status_.ok(); });
  if (newest_ != nullptr) return newest_;
  if (!status_.ok()) return status_;
  return absl::DeadlineExceededError("No state arrived in time.");
}

absl::Status StateWatch::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace soarm::client
