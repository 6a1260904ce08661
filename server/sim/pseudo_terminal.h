#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <absl/status/statusor.h>

#include "common/base/file_lock.h"

namespace soarm::sim {

// The master side of a pseudo-terminal that stands in for a USB adapter's tty, with an optional
// symlink to its slave so that it has a name that stays. While it lives, a lock on LINK.lock keeps
// others from taking its link for a dangling one before they replace it.
//
// It keeps a descriptor of the slave open: between two clients the master then reads nothing
// instead of an error, and the speed that the client has set can be asked for.
//
// Threads    one at a time.
// Ownership  closes the descriptors and removes its symlink.
class PseudoTerminal {
 public:
  // `link` may be empty. A dangling symlink is replaced, and one that a simulator left which was
  // killed, whatever has the number of its terminal now.
  //   kAlreadyExists  the link leads to something that is there, is no symlink, or is another's
  //   kUnavailable    no pseudo-terminal to be had
  static absl::StatusOr<PseudoTerminal> Open(const std::string& link);

  PseudoTerminal() = default;
  PseudoTerminal(PseudoTerminal&& other) noexcept;
  PseudoTerminal& operator=(PseudoTerminal&& other) noexcept;
  ~PseudoTerminal();

  bool is_open() const noexcept { return master_ >= 0; }
  int descriptor() const noexcept { return master_; }
  const std::string& slave_path() const noexcept { return slave_path_; }
  const std::string& link() const noexcept { return link_; }

  // What the client has sent; empty when there is nothing.
  std::span<const std::uint8_t> Read() noexcept;
  // How many bytes the client's buffer took; the rest is lost, as in a UART that nobody reads.
  std::size_t Write(std::span<const std::uint8_t> bytes) noexcept;
  // The client's baud rate as set now; 0 when there is none.
  int LineSpeed() const noexcept;

  // Ends the exclusive hold (TIOCEXCL) of a client that is gone. A real tty forgets it with its
  // last user, this one is kept open from here, and would turn everybody but root away for ever.
  // Who holds it is taken to be there for as long as somebody has it locked (flock).
  void ForgetDeadHold() noexcept;

  // The client sees a hang-up.
  void Close() noexcept;

 private:
  int master_ = -1;
  int slave_ = -1;
  std::string slave_path_;
  std::string link_;
  std::optional<FileLock> link_lock_;  // until the link is gone
  std::uint8_t buffer_[4096];
};

// The speed of a tty in baud, any number (TCGETS2), or 0. `descriptor` must be the slave's.
int ReadLineSpeed(int descriptor) noexcept;

}  // namespace soarm::sim
