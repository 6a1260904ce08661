#include "server/serial/tty_port.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <utility>

#include <asm/termbits.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/base/problem.h"

namespace soarm {
namespace {

constexpr std::size_t kLargestThreshold = 255;  // VMIN is one byte

absl::Status OpenStatus(const std::string& path, int error) {
  const std::string why = std::strerror(error);
  switch (error) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return ToStatus({absl::StatusCode::kNotFound,
                       "PORT_NOT_FOUND",
                       path,
                       path + " does not exist.",
                       "Plug the adapter in, or check the path.",
                       {}});
    case EACCES:
    case EPERM:
      return ToStatus({absl::StatusCode::kUnavailable,
                       "PORT_NOT_PERMITTED",
                       path,
                       path + " may not be opened: " + why + ".",
                       "Add the user to the group that owns the port, usually dialout.",
                       {}});
    default:
      return ToStatus({absl::StatusCode::kUnavailable,
                       "PORT_UNUSABLE",
                       path,
                       path + " cannot be opened: " + why + ".",
                       "",
                       {}});
  }
}

Problem HoldsBack(const std::string& path, int latency_ms) {
  const std::string latency = std::to_string(latency_ms);
  return {.code = absl::StatusCode::kFailedPrecondition,
          .reason = "LATENCY_TIMER",
          .subject = path,
          .message = "the adapter of " + path + " holds every answer back for up to " + latency +
                     " ms, and soarmd may not set that to 1 ms.",
          .fix =
              "Install soarm's udev rules and plug the adapter in again; or end soarmd, run "
              "`setserial " +
              path + " low_latency` and start it again.",
          .facts = {{"latency_timer_ms", latency}}};
}

timespec ToTimespec(Nanos span) noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((span - seconds).count())};
}

}  // namespace

TtyPort::TtyPort(std::string path, int baud, std::string sysfs)
    : path_(std::move(path)),
      sysfs_(std::move(sysfs)),
      baud_(baud),
      settings_(std::make_unique<termios2>()) {}

TtyPort::~TtyPort() { Close(); }

absl::Status TtyPort::Open(Others others) {
  Close();
  fd_ = open(path_.c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd_ < 0) {
    const int error = errno;
    return error == EBUSY ? LeaveTo(FindPortHolder(path_, last_holder_)) : OpenStatus(path_, error);
  }
  absl::Status status = ReadSettings();
  if (!status.ok()) {
    close(std::exchange(fd_, -1));
    return status;
  }
  const bool is_locked = flock(fd_, LOCK_EX | LOCK_NB) != 0;
  if (is_locked || others == Others::kRefused) {
    const auto holder = FindPortHolder(path_, last_holder_);
    if (is_locked || holder) return LeaveTo(holder);
  }
  last_holder_ = 0;
  ioctl(fd_, TIOCEXCL);
  status = Configure();
  if (!status.ok()) {
    Close();
    return status;
  }
  TuneAdapter();
  Discard();
  return absl::OkStatus();
}

// Not by Close(), which would take an exclusive hold from whoever has it.
absl::Status TtyPort::LeaveTo(const std::optional<PortHolder>& holder) {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
  last_holder_ = holder ? holder->pid : 0;
  return ToStatus(PortInUse(path_, holder ? holder : FindOwnHold(path_)));
}

absl::Status TtyPort::SetBaud(int baud) {
  baud_ = baud;
  return fd_ < 0 ? absl::OkStatus() : Configure();
}

absl::Status TtyPort::ReadSettings() {
  if (ioctl(fd_, TCGETS2, settings_.get()) == 0) return absl::OkStatus();
  return ToStatus({absl::StatusCode::kFailedPrecondition,
                   "NOT_A_SERIAL_PORT",
                   path_,
                   path_ + " is not a serial port.",
                   "Check the path.",
                   {}});
}

absl::Status TtyPort::Configure() {
  termios2& settings = *settings_;
  settings.c_iflag = 0;
  settings.c_oflag = 0;
  settings.c_lflag = 0;
  settings.c_cflag = CS8 | CREAD | CLOCAL | BOTHER | (BOTHER << IBSHIFT);
  settings.c_ispeed = static_cast<speed_t>(baud_);
  settings.c_ospeed = static_cast<speed_t>(baud_);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  threshold_ = 1;
  if (ioctl(fd_, TCSETS2, &settings) != 0) {
    return ToStatus({absl::StatusCode::kFailedPrecondition,
                     "BAUD_NOT_SUPPORTED",
                     path_,
                     path_ + " cannot do " + std::to_string(baud_) + " baud.",
                     "Use an adapter that supports this rate.",
                     {}});
  }
  return absl::OkStatus();
}

// FTDI adapters hold received bytes back for 16 ms unless told otherwise. The same adapters send
// a USB control transfer (about 1 ms, blocking) on every change of settings, so they are left at
// one threshold.
void TtyPort::TuneAdapter() {
  note_.reset();
  threshold_costs_ = false;
  struct stat info{};
  if (fstat(fd_, &info) != 0) return;
  const std::string knob = sysfs_ + "/dev/char/" + std::to_string(major(info.st_rdev)) + ":" +
                           std::to_string(minor(info.st_rdev)) + "/device/latency_timer";
  int latency_ms = 0;
  if (!(std::ifstream(knob) >> latency_ms)) return;
  threshold_costs_ = true;
  if (latency_ms > 1) {
    std::ofstream(knob) << 1;
    std::ifstream(knob) >> latency_ms;
  }
  if (latency_ms > 1) note_ = HoldsBack(path_, latency_ms);
}

void TtyPort::Close() noexcept {
  if (fd_ < 0) return;
  // A child that inherited the descriptor shares the lock; let go of it for both.
  ioctl(fd_, TIOCNXCL);
  flock(fd_, LOCK_UN);
  close(std::exchange(fd_, -1));
}

SerialPort::WriteStatus TtyPort::Write(std::span<const std::uint8_t> bytes) noexcept {
  if (fd_ < 0) return WriteStatus::kLost;
  ssize_t written = 0;
  do {
    written = write(fd_, bytes.data(), bytes.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(bytes.size())) return WriteStatus::kOk;
  if (written >= 0 || errno == EAGAIN) return WriteStatus::kBlocked;
  return WriteStatus::kLost;
}

bool TtyPort::WaitForInput(MonoTime deadline) noexcept {
  const MonotonicClock clock;
  pollfd wait{fd_, POLLIN, 0};
  for (;;) {
    const Nanos left = deadline - clock.Now();
    if (left <= Nanos(0)) return false;
    const timespec timeout = ToTimespec(left);
    const int ready = ppoll(&wait, 1, &timeout, nullptr);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return true;
    return (wait.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
  }
}

SerialPort::ReadResult TtyPort::Read(std::span<std::uint8_t> into, MonoTime deadline) noexcept {
  if (fd_ < 0) return {0, true};
  const bool hung_up = WaitForInput(deadline);
  // After a time-out too: poll() stays silent below the threshold, read() does not. The kernel
  // hands out no more than 64 bytes a call while the threshold is above that.
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = read(fd_, into.data() + size, into.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      const bool empty = got < 0 && errno == EAGAIN;
      return {size, hung_up || (!empty && size == 0)};
    }
    size += static_cast<std::size_t>(got);
    if (size >= threshold_ || size == into.size()) return {size, hung_up};
  }
}

void TtyPort::SetReadThreshold(std::size_t bytes) noexcept {
  const std::size_t wanted = std::clamp<std::size_t>(bytes, 1, kLargestThreshold);
  if (fd_ < 0 || threshold_costs_ || wanted == threshold_) return;
  settings_->c_cc[VMIN] = static_cast<cc_t>(wanted);
  if (ioctl(fd_, TCSETS2, settings_.get()) == 0) threshold_ = wanted;
}

void TtyPort::Discard() noexcept {
  if (fd_ >= 0) ioctl(fd_, TCFLSH, TCIFLUSH);
}

}  // namespace soarm
