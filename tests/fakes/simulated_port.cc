#include "tests/fakes/simulated_port.h"

#include <algorithm>

namespace soarm::fakes {
namespace {

// With a spectator, and where the wire does not say when it will have something.
constexpr Nanos kStep = std::chrono::microseconds(50);
constexpr Nanos kByte = std::chrono::microseconds(10);

}  // namespace

absl::Status SimulatedPort::Open(Others /*others*/) {
  if (!plugged_) return absl::NotFoundError("no such device");
  CatchUp();
  received_.clear();
  return absl::OkStatus();
}

absl::Status SimulatedPort::SetBaud(int baud) {
  baud_ = baud;
  return absl::OkStatus();
}

void SimulatedPort::Unplug() {
  CatchUp();
  plugged_ = false;
  received_.clear();
  model_.DropUndelivered();
}

void SimulatedPort::AdvanceModel(MonoTime until) {
  if (until > model_.now()) model_.AdvanceTo(until);
  for (const sim::HostByteDue& byte : model_.TakeDelivered()) {
    if (plugged_) received_.push_back(byte.value);
  }
}

void SimulatedPort::CatchUp() {
  if (!on_step) {
    AdvanceModel(ModelNow());
    return;
  }
  while (model_.now() < ModelNow()) {
    AdvanceModel(std::min(model_.now() + kStep, ModelNow()));
    on_step();
  }
}

std::span<const std::uint8_t> SimulatedPort::Spoiled(std::span<const std::uint8_t> bytes) {
  if (byte_error_rate_ <= 0 && spoil_count_ <= 0) return bytes;
  spoiled_.assign(bytes.begin(), bytes.end());
  const auto change = [this](std::uint8_t& byte) {
    byte = static_cast<std::uint8_t>(byte ^ (1 + random_() % 255));
  };
  if (spoil_count_ > 0 && !spoiled_.empty()) {
    --spoil_count_;
    change(spoiled_[random_() % spoiled_.size()]);
  }
  const double whole = 18446744073709551616.0;
  for (std::uint8_t& byte : spoiled_) {
    if (static_cast<double>(random_()) < byte_error_rate_ * whole) change(byte);
  }
  return spoiled_;
}

SerialPort::WriteStatus SimulatedPort::Write(std::span<const std::uint8_t> bytes) noexcept {
  if (!plugged_) return WriteStatus::kLost;
  CatchUp();
  model_.HostBytes(ModelNow(), Spoiled(bytes), baud_);
  return WriteStatus::kOk;
}

MonoTime SimulatedPort::NextLook(MonoTime deadline) const noexcept {
  if (on_step) return std::min(clock_.Now() + kStep, deadline);
  const std::optional<MonoTime> due = model_.next_due();
  if (!due) return deadline;
  return std::min(std::max(*due - ahead_, clock_.Now() + kByte), deadline);
}

SerialPort::ReadResult SimulatedPort::Read(std::span<std::uint8_t> into,
                                           MonoTime deadline) noexcept {
  CatchUp();
  const std::size_t wanted = std::min(threshold_, into.size());
  while (plugged_ && received_.size() < wanted && clock_.Now() < deadline) {
    clock_.SleepUntil(NextLook(deadline));
    CatchUp();
  }
  const std::size_t size = std::min(received_.size(), into.size());
  std::copy_n(received_.begin(), size, into.begin());
  received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(size));
  return {.size = size, .lost = !plugged_};
}

void SimulatedPort::Discard() noexcept {
  CatchUp();
  received_.clear();
}

}  // namespace soarm::fakes
