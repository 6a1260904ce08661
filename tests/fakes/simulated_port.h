#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <vector>

#include "server/serial/serial_port.h"
#include "server/sim/bus_model.h"

namespace soarm::fakes {

// A serial port whose far end is a simulated bus, in virtual time: driver, wire, servos and world
// together, with every phase repeatable. Waiting on it moves the clock, and the clock moves the
// model; it sleeps from one event of the wire to the next. Several ports may share a clock.
//
// Threads  one.
class SimulatedPort final : public SerialPort {
 public:
  // Neither is owned. The model starts at the clock's time; `clock` moves when it is slept on.
  SimulatedPort(Clock& clock, sim::BusModel& model) : clock_(clock), model_(model) {}

  absl::Status Open(Others others) override;
  absl::Status SetBaud(int baud) override;
  void Close() noexcept override {}
  std::string_view name() const noexcept override { return "simulated"; }
  WriteStatus Write(std::span<const std::uint8_t> bytes) noexcept override;
  ReadResult Read(std::span<std::uint8_t> into, MonoTime deadline) noexcept override;
  void SetReadThreshold(std::size_t bytes) noexcept override { threshold_ = bytes; }
  void Discard() noexcept override;

  // The cable. Without it nothing gets through either way and Open() fails.
  void Unplug();
  void Replug() noexcept { plugged_ = true; }
  // Damage on the way to the servos: each byte with this probability, or one byte of each of the
  // next `count` writes.
  void SpoilRequests(double byte_error_rate, int count) noexcept {
    byte_error_rate_ = byte_error_rate;
    spoil_count_ = count;
  }
  // How far the model's time is ahead of the clock, which stood still meanwhile.
  void set_model_ahead(Nanos ahead) noexcept { ahead_ = ahead; }

  // Brings the model up to the clock, in steps short enough that `on_step` sees all that happens.
  void CatchUp();
  std::function<void()> on_step;

 private:
  MonoTime ModelNow() const noexcept { return clock_.Now() + ahead_; }
  std::span<const std::uint8_t> Spoiled(std::span<const std::uint8_t> bytes);
  void AdvanceModel(MonoTime until);
  // When something may have changed for the reader.
  MonoTime NextLook(MonoTime deadline) const noexcept;

  Clock& clock_;
  sim::BusModel& model_;
  Nanos ahead_{0};
  bool plugged_ = true;
  int baud_ = 1'000'000;
  std::size_t threshold_ = 1;
  std::vector<std::uint8_t> received_;
  double byte_error_rate_ = 0;
  int spoil_count_ = 0;
  std::mt19937_64 random_;
  std::vector<std::uint8_t> spoiled_;
};

}  // namespace soarm::fakes
