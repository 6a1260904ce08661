#include "clients/cpp/reviver.h"

#include <chrono>
#include <utility>

#include <grpcpp/channel.h>

namespace soarm::client {
namespace {

// A stop request cannot cut a wait for a channel short.
constexpr std::chrono::milliseconds kOneWait(50);

}  // namespace

Reviver::Reviver(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

Reviver::~Reviver() = default;

void Reviver::Revive() {
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  asked_.notify_all();
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
  }
}

void Reviver::Run(const std::stop_token& stop) {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!asked_.wait(lock, stop, [this] { return wanted_; })) return;
      wanted_ = false;
    }
    while (!stop.stop_requested()) {
      const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
      if (state == GRPC_CHANNEL_READY || state == GRPC_CHANNEL_SHUTDOWN) break;
      channel_->WaitForStateChange(state, std::chrono::system_clock::now() + kOneWait);
    }
  }
}

}  // namespace soarm::client
