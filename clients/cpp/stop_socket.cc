#include "clients/cpp/stop_socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/base/socket.h"

namespace soarm::client {
namespace {

absl::Status Unreachable(const std::string& path, int error) {
  return absl::UnavailableError("stop socket " + path + ": " + std::strerror(error));
}

// What follows `word` in `line`.
std::optional<std::string_view> After(std::string_view word, std::string_view line) {
  if (!line.starts_with(word)) return std::nullopt;
  return line.substr(word.size());
}

// "not-kept REASON message", and lines of their own for the rest of it.
Problem& NotKept(StopConfirmation& stop) {
  if (!stop.not_kept) stop.not_kept.emplace();
  return *stop.not_kept;
}

// "ok <id>", then lines with a word for what they are.
absl::StatusOr<StopConfirmation> Read(const std::string& path, std::string_view reply) {
  StopConfirmation stop;
  for (std::string_view rest = reply; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (const auto id = After("ok ", line)) stop.id = *id;
    if (const auto note = After("note ", line)) stop.notes.emplace_back(*note);
    if (const auto joint = After("not-reached ", line)) stop.not_reached.emplace_back(*joint);
    if (const auto why = After("not-kept ", line)) {
      const std::size_t space = std::min(why->find(' '), why->size());
      NotKept(stop).reason = why->substr(0, space);
      NotKept(stop).message = why->substr(std::min(space + 1, why->size()));
    }
    if (const auto what = After("not-kept-subject ", line)) NotKept(stop).subject = *what;
    if (const auto fix = After("not-kept-fix ", line)) NotKept(stop).fix = *fix;
  }
  if (!stop.id.empty()) return stop;
  return absl::UnknownError("stop socket " + path + " answered: " + std::string(reply));
}

}  // namespace

absl::StatusOr<StopConfirmation> StopThroughSocket(const std::string& path, std::string_view level,
                                                   std::string_view reason, Nanos timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Unreachable(path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);

  const Socket socket(AF_UNIX, SOCK_DGRAM);
  if (socket.fd() < 0) return Unreachable(path, errno);
  // An address of our own, chosen by the kernel: without one the daemon could not answer.
  sockaddr_un own{};
  own.sun_family = AF_UNIX;
  if (::bind(socket.fd(), reinterpret_cast<sockaddr*>(&own), sizeof own.sun_family) != 0 ||
      ::connect(socket.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return Unreachable(path, errno);
  }
  std::string message(level);
  if (!reason.empty()) message += " " + std::string(reason.substr(0, 200));
  if (::send(socket.fd(), message.data(), message.size(), MSG_NOSIGNAL) < 0) {
    return Unreachable(path, errno);
  }

  pollfd wait{.fd = socket.fd(), .events = POLLIN, .revents = 0};
  const auto timeout_ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  if (::poll(&wait, 1, static_cast<int>(timeout_ms)) <= 0) {
    return absl::DeadlineExceededError("stop socket " + path + " did not confirm");
  }
  char buffer[4096];
  const ssize_t size = ::recv(socket.fd(), buffer, sizeof buffer, 0);
  if (size < 0) return Unreachable(path, errno);
  return Read(path, {buffer, static_cast<std::size_t>(size)});
}

}  // namespace soarm::client
