#pragma once

#include <deque>
#include <functional>

#include "server/serial/serial_port.h"
#include "server/sim/bus_model.h"
#include "tests/fakes/fake_serial_port.h"

namespace soarm::fakes {

// A serial port whose far end is a simulated bus, in virtual time: driver, wire, servos and world
// together, with every phase repeatable. Waiting on it moves the clock, and the clock moves the
// model.
class SimulatedPort final : public SerialPort {
 public:
  // Neither is owned. The model starts at the clock's time.
  SimulatedPort(VirtualClock& clock, sim::BusModel& model) : clock_(clock), model_(model) {}

  absl::Status Open() override { return absl::OkStatus(); }
  absl::Status SetBaud(int baud) override;
  void Close() noexcept override {}
  std::string_view name() const noexcept override { return "simulated"; }
  WriteStatus Write(std::span<const std::uint8_t> bytes) noexcept override;
  ReadResult Read(std::span<std::uint8_t> into, MonoTime deadline) noexcept override;
  void SetReadThreshold(std::size_t bytes) noexcept override { threshold_ = bytes; }
  void Discard() noexcept override;

  // Brings the model up to the clock, in steps short enough that `on_step` sees all that happens.
  void CatchUp();
  std::function<void()> on_step;

 private:
  VirtualClock& clock_;
  sim::BusModel& model_;
  int baud_ = 1'000'000;
  std::size_t threshold_ = 1;
  std::deque<std::uint8_t> received_;
};

}  // namespace soarm::fakes
