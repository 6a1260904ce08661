#include "tests/fakes/simulated_port.h"

#include <algorithm>

namespace soarm::fakes {
namespace {

constexpr Nanos kStep = std::chrono::microseconds(50);

}  // namespace

absl::Status SimulatedPort::SetBaud(int baud) {
  baud_ = baud;
  return absl::OkStatus();
}

void SimulatedPort::CatchUp() {
  while (model_.now() < clock_.Now()) {
    model_.AdvanceTo(std::min(model_.now() + kStep, clock_.Now()));
    for (const sim::HostByteDue& byte : model_.TakeDelivered()) received_.push_back(byte.value);
    if (on_step) on_step();
  }
}

SerialPort::WriteStatus SimulatedPort::Write(std::span<const std::uint8_t> bytes) noexcept {
  CatchUp();
  model_.HostBytes(clock_.Now(), bytes, baud_);
  return WriteStatus::kOk;
}

SerialPort::ReadResult SimulatedPort::Read(std::span<std::uint8_t> into,
                                           MonoTime deadline) noexcept {
  CatchUp();
  const std::size_t wanted = std::min(threshold_, into.size());
  while (received_.size() < wanted && clock_.Now() < deadline) {
    clock_.SleepUntil(std::min(clock_.Now() + kStep, deadline));
    CatchUp();
  }
  const std::size_t size = std::min(received_.size(), into.size());
  std::copy_n(received_.begin(), size, into.begin());
  received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(size));
  return {.size = size};
}

void SimulatedPort::Discard() noexcept {
  CatchUp();
  received_.clear();
}

}  // namespace soarm::fakes
