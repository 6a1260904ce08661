#include "server/sim/pseudo_terminal.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <variant>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/problem.h"

namespace soarm::sim {
namespace {

absl::Status NoTerminal(const std::string& what) {
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "NO_PSEUDO_TERMINAL",
                   .subject = "/dev/ptmx",
                   .message = what + ": " + std::strerror(errno),
                   .fix = "Mount devpts and raise kernel.pty.max if all terminals are in use.",
                   .facts = {}});
}

absl::Status LinkInUse(const std::string& link) {
  return ToStatus({.code = absl::StatusCode::kAlreadyExists,
                   .reason = "LINK_IN_USE",
                   .subject = link,
                   .message = "The link " + link + " leads to something that exists.",
                   .fix = "Choose another path, or end the simulator that uses this one.",
                   .facts = {}});
}

absl::Status LinkRefused(const std::string& link, int error) {
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "LINK_REFUSED",
                   .subject = link,
                   .message = "The link " + link + " cannot be made: " + std::strerror(error),
                   .fix = "Choose a path in a folder that exists and is writable.",
                   .facts = {}});
}

bool Exists(const std::string& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0;
}

std::string TargetOf(const std::string& link) {
  char target[256];
  const ssize_t length = ::readlink(link.c_str(), target, sizeof target);
  return {target, length > 0 ? static_cast<std::size_t>(length) : 0};
}

// Whether nobody uses `link`, whose lock is held here. The terminal of a simulator that was killed
// has a number that somebody else's may have by now, first of all `own`; such a one `left` its
// lock. Other links are other people's as long as they lead somewhere.
bool IsStale(const std::string& link, const std::string& own, bool left) {
  const std::string target = TargetOf(link);
  if (target.empty()) return false;
  return target == own || (left && target.starts_with("/dev/pts/")) ||
         ::access(link.c_str(), F_OK) != 0;
}

absl::Status MakeLink(const std::string& target, const std::string& link, bool left) {
  if (Exists(link)) {
    if (!IsStale(link, target, left)) return LinkInUse(link);
    ::unlink(link.c_str());
  }
  if (::symlink(target.c_str(), link.c_str()) != 0) return LinkRefused(link, errno);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PseudoTerminal> PseudoTerminal::Open(const std::string& link) {
  PseudoTerminal terminal;
  terminal.master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (terminal.master_ < 0) return NoTerminal("No pseudo-terminal");
  char path[128];
  if (::grantpt(terminal.master_) != 0 || ::unlockpt(terminal.master_) != 0 ||
      ::ptsname_r(terminal.master_, path, sizeof(path)) != 0) {
    return NoTerminal("The pseudo-terminal has no slave");
  }
  terminal.slave_path_ = path;
  terminal.slave_ = ::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios settings{};
  if (terminal.slave_ < 0 || ::tcgetattr(terminal.slave_, &settings) != 0) {
    return NoTerminal("The slave " + terminal.slave_path_ + " does not open");
  }
  // As a serial adapter that nobody has configured, but without the terminal's own echo and line
  // editing: what a servo says must never be answered by the line discipline.
  ::cfmakeraw(&settings);
  ::cfsetspeed(&settings, B9600);
  ::tcsetattr(terminal.slave_, TCSANOW, &settings);
  if (!link.empty()) {
    const bool left = Exists(link + ".lock");
    auto lock = FileLock::Take(link + ".lock");
    if (const int* refused = std::get_if<int>(&lock)) {
      return *refused == EWOULDBLOCK ? LinkInUse(link) : LinkRefused(link, *refused);
    }
    terminal.link_lock_ = std::get<FileLock>(std::move(lock));
    if (absl::Status made = MakeLink(terminal.slave_path_, link, left); !made.ok()) return made;
    terminal.link_ = link;
  }
  return terminal;
}

PseudoTerminal::PseudoTerminal(PseudoTerminal&& other) noexcept { *this = std::move(other); }

PseudoTerminal& PseudoTerminal::operator=(PseudoTerminal&& other) noexcept {
  if (this == &other) return *this;
  Close();
  master_ = std::exchange(other.master_, -1);
  slave_ = std::exchange(other.slave_, -1);
  slave_path_ = std::exchange(other.slave_path_, {});
  link_ = std::exchange(other.link_, {});
  link_lock_ = std::exchange(other.link_lock_, std::nullopt);
  return *this;
}

PseudoTerminal::~PseudoTerminal() { Close(); }

void PseudoTerminal::Close() noexcept {
  if (!link_.empty()) {
    // Only ours: somebody may have put another in its place.
    if (TargetOf(link_) == slave_path_) ::unlink(link_.c_str());
    link_.clear();
  }
  link_lock_.reset();
  if (slave_ >= 0) ::close(std::exchange(slave_, -1));
  if (master_ >= 0) ::close(std::exchange(master_, -1));
}

std::span<const std::uint8_t> PseudoTerminal::Read() noexcept {
  if (master_ < 0) return {};
  const ssize_t count = ::read(master_, buffer_, sizeof(buffer_));
  return {buffer_, count > 0 ? static_cast<std::size_t>(count) : 0};
}

std::size_t PseudoTerminal::Write(std::span<const std::uint8_t> bytes) noexcept {
  std::size_t written = 0;
  while (master_ >= 0 && written < bytes.size()) {
    const ssize_t count = ::write(master_, bytes.data() + written, bytes.size() - written);
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  return written;
}

void PseudoTerminal::ForgetDeadHold() noexcept {
  int exclusive = 0;
  if (slave_ < 0 || ::ioctl(slave_, TIOCGEXCL, &exclusive) != 0 || exclusive == 0) return;
  if (::flock(slave_, LOCK_EX | LOCK_NB) != 0) return;
  ::ioctl(slave_, TIOCNXCL);
  ::flock(slave_, LOCK_UN);
}

int PseudoTerminal::LineSpeed() const noexcept { return slave_ < 0 ? 0 : ReadLineSpeed(slave_); }

}  // namespace soarm::sim
