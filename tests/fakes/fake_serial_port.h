#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "server/serial/serial_port.h"

namespace soarm::fakes {

// A clock that moves only when told, or when the fake port is waited on.
class VirtualClock final : public Clock {
 public:
  MonoTime Now() const noexcept override { return now_; }
  void SleepUntil(MonoTime deadline) noexcept override {
    if (deadline > now_) now_ = deadline;
  }
  void Advance(Nanos span) noexcept { now_ += span; }

 private:
  MonoTime now_{std::chrono::seconds(1000)};
};

// A servo as a driver sees it: a register file that answers, and what can go wrong with that.
struct FakeServo {
  std::array<std::uint8_t, 87> registers{};
  bool mute = false;
  int drop = 0;         // so many answers are not sent
  int corrupt = 0;      // so many answers have one byte changed
  int truncate = 0;     // so many answers lose their last bytes
  int delay_count = 0;  // so many answers come `delay` later
  Nanos delay{0};
  bool twin = false;  // a second servo has this id: what is longer than a ping's answer collides
  bool goal_write_energises = true;
  bool ignores_torque = false;                    // register 40 never becomes 1
  int moves_when_energised = 0;                   // ticks it jumps by when torque comes on
  std::function<int(const FakeServo&)> position;  // what a read finds in register 56
  std::uint32_t reads = 0;                        // of its position that reached it

  std::int32_t Get(std::uint8_t address, int width) const;
  void Set(std::uint8_t address, int width, std::int32_t raw);
};

// Register file of a calibrated STS3215 of 12 V with firmware 3.10, torque off, at 2048.
FakeServo MakeServo(std::uint8_t id);

// A scripted servo bus in virtual time, byte-timed at 1 Mbaud: requests written are carried out
// at once, their answers become readable when the wire would have carried them.
class FakeSerialPort final : public SerialPort {
 public:
  // One packet that the driver sent.
  struct Request {
    MonoTime at{};
    std::uint8_t id = 0;
    std::uint8_t instruction = 0;
    std::vector<std::uint8_t> parameters;
  };

  explicit FakeSerialPort(VirtualClock& clock) : clock_(clock) {}

  absl::Status Open(Others others) override;
  std::optional<Problem> note() const override { return adapter_note; }
  absl::Status SetBaud(int baud) override;
  void Close() noexcept override { open_ = false; }
  std::string_view name() const noexcept override { return "fake"; }
  WriteStatus Write(std::span<const std::uint8_t> bytes) noexcept override;
  ReadResult Read(std::span<std::uint8_t> into, MonoTime deadline) noexcept override;
  void SetReadThreshold(std::size_t bytes) noexcept override { threshold_ = bytes; }
  void Discard() noexcept override;

  // Bytes that nobody asked for, readable at `at`.
  void Inject(std::span<const std::uint8_t> bytes, MonoTime at);

  std::map<std::uint8_t, FakeServo> servos;
  std::vector<Request> requests;
  bool echo = false;
  Nanos echo_delay{0};
  bool unplugged = false;
  bool blocked = false;  // takes no bytes
  int servos_baud = 1'000'000;
  absl::Status open_status;
  std::optional<Problem> adapter_note;
  Others others_at_open = Others::kRefused;
  Nanos latency{std::chrono::microseconds(60)};  // added to every answer
  int writes = 0;
  int reads = 0;

  // Requests of one kind that reached `id` in a write, sync-writes taken apart: address and data.
  struct Written {
    std::uint8_t id = 0;
    std::uint8_t address = 0;
    std::vector<std::uint8_t> data;
  };
  std::vector<Written> AllWritten() const;
  bool WasWritten(std::uint8_t id, std::uint8_t first, std::uint8_t last) const;

 private:
  void Carry(const Request& request, MonoTime end);
  void Reply(FakeServo& servo, std::uint8_t id, std::span<const std::uint8_t> data, MonoTime at);
  void ReplyRead(FakeServo& servo, std::uint8_t id, std::uint8_t address, std::uint8_t count,
                 MonoTime at);
  void Store(FakeServo& servo, std::uint8_t address, std::span<const std::uint8_t> data);

  VirtualClock& clock_;
  bool open_ = false;
  int baud_ = 1'000'000;
  std::size_t threshold_ = 1;
  std::multimap<MonoTime, std::uint8_t> incoming_;
};

}  // namespace soarm::fakes
