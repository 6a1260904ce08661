#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "server/serial/port_holder.h"
#include "server/serial/serial_port.h"

struct termios2;  // <asm/termbits.h>, which does not go together with <termios.h>

namespace soarm {

// A tty in raw mode, any baud rate, opened for us alone.
//
// Alone means two locks: TIOCEXCL turns later open() calls away (except root's) and flock() turns
// away those who ask for it, another soarmd included. Neither notices a program that was there
// first and took no lock: it is looked for before anything is changed or written. One that may not
// be looked at shows as foreign bytes.
//
// Threads    one at a time.
// Real time  see SerialPort. One system call per Write(), one per change of the threshold; Read()
//            polls once and reads once for each 64 bytes.
class TtyPort final : public SerialPort {
 public:
  // What is known about the adapter is looked up below `sysfs`.
  TtyPort(std::string path, int baud, std::string sysfs = "/sys");
  ~TtyPort() override;
  TtyPort(const TtyPort&) = delete;
  TtyPort& operator=(const TtyPort&) = delete;

  absl::Status Open(Others others) override;
  // LATENCY_TIMER: the adapter holds answers back, and could not be told not to.
  std::optional<Problem> note() const override { return note_; }
  absl::Status SetBaud(int baud) override;
  void Close() noexcept override;
  std::string_view name() const noexcept override { return path_; }

  WriteStatus Write(std::span<const std::uint8_t> bytes) noexcept override;
  ReadResult Read(std::span<std::uint8_t> into, MonoTime deadline) noexcept override;
  void SetReadThreshold(std::size_t bytes) noexcept override;
  void Discard() noexcept override;

  // The open descriptor, or -1.
  int native_handle() const noexcept { return fd_; }

 private:
  // Refused: the descriptor goes, and nothing was changed.
  absl::Status LeaveTo(const std::optional<PortHolder>& holder);
  absl::Status ReadSettings();
  absl::Status Configure();
  void TuneAdapter();
  // Waits for input until `deadline`; true when the device hung up.
  bool WaitForInput(MonoTime deadline) noexcept;

  std::string path_;
  std::string sysfs_;
  int baud_;
  int fd_ = -1;
  std::size_t threshold_ = 1;
  bool threshold_costs_ = false;
  pid_t last_holder_ = 0;               // who had it when it was refused
  std::unique_ptr<termios2> settings_;  // as last written to the device
  std::optional<Problem> note_;
};

}  // namespace soarm
