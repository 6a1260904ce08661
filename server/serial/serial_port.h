#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <absl/status/status.h>

#include "common/base/problem.h"
#include "common/time/clock.h"

namespace soarm {

// A byte stream with deadlines: a tty, or a fake under test.
//
// Threads    one at a time.
// Real time  Write(), Read(), SetReadThreshold() and Discard() neither allocate, lock, log nor
//            throw, and wait for nothing but the deadline they are given.
// Ownership  keeps no pointer to the caller's bytes.
class SerialPort {
 public:
  enum class WriteStatus : std::uint8_t {
    kOk,
    kBlocked,  // the kernel's buffer is full: the far side stopped taking bytes
    kLost,     // the device is gone
  };
  struct ReadResult {
    std::size_t size = 0;
    bool lost = false;  // hang-up or I/O error; bytes read before it are still delivered
  };

  // What becomes of opening when another program has the device open and has locked nothing.
  enum class Others : std::uint8_t {
    kRefused,    // it is left to that program, untouched
    kTolerated,  // it was ours till now, and whoever came meanwhile does not get it
  };

  virtual ~SerialPort() = default;

  //   kNotFound     no such device
  //   kUnavailable  in use by another process, or not permitted; the message names the holder
  //                 where it can be read
  virtual absl::Status Open(Others others) = 0;
  // What the last successful Open() found that makes the port worse than it could be, for people.
  virtual std::optional<Problem> note() const { return std::nullopt; }
  virtual absl::Status SetBaud(int baud) = 0;
  virtual void Close() noexcept = 0;
  virtual std::string_view name() const noexcept = 0;

  // Hands over the whole buffer in one call. Returns before the bytes are on the wire.
  virtual WriteStatus Write(std::span<const std::uint8_t> bytes) noexcept = 0;

  // Waits until as many bytes as the threshold are there, or until `deadline`, then returns what
  // is there, possibly nothing. A deadline that has passed means: do not wait.
  virtual ReadResult Read(std::span<std::uint8_t> into, MonoTime deadline) noexcept = 0;

  // How many bytes wake Read() before its deadline; at least 1. A hint: a port that cannot do it
  // wakes on every byte.
  virtual void SetReadThreshold(std::size_t bytes) noexcept = 0;

  // Throws away what was received so far.
  virtual void Discard() noexcept = 0;
};

}  // namespace soarm
