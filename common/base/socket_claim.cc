#include "common/base/socket_claim.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/problem.h"

namespace soarm {
namespace {

absl::Status Cannot(const std::string& path, int error) {
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "LISTEN_FAILED",
                   .subject = "unix:" + path,
                   .message = "Cannot listen on unix:" + path + ": " + std::strerror(error) + ".",
                   .fix = "Choose another address or correct the folder's permissions.",
                   .facts = {}});
}

absl::Status InUse(const std::string& path) {
  return ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                   .reason = "SOCKET_IN_USE",
                   .subject = "unix:" + path,
                   .message = "Another program listens on unix:" + path + ".",
                   .fix = "Stop the other program or choose another address.",
                   .facts = {}});
}

// Whether somebody serves the socket at `path`; an errno when that cannot be told.
absl::StatusOr<bool> IsServed(const std::string& path, int type) {
  const int probe = ::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return Cannot(path, errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  const int result = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::close(probe);
  // EAGAIN: its queue is full. EPROTOTYPE: it is served as another type.
  if (result == 0 || error == EAGAIN || error == EPROTOTYPE) return true;
  if (error == ECONNREFUSED || error == ENOENT) return false;
  return Cannot(path, error);
}

absl::Status MakeWay(const std::string& path, int type) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : Cannot(path, errno);
  }
  if (!S_ISSOCK(info.st_mode)) {
    return ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                     .reason = "NOT_A_SOCKET",
                     .subject = "unix:" + path,
                     .message = "The file " + path + " is in the way: it is not a socket.",
                     .fix = "Remove it or choose another address.",
                     .facts = {}});
  }
  const absl::StatusOr<bool> served = IsServed(path, type);
  if (!served.ok()) return served.status();
  if (*served) return InUse(path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Cannot(path, errno);
  return absl::OkStatus();
}

}  // namespace

std::uint64_t InodeOf(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

absl::StatusOr<SocketClaim> SocketClaim::Take(const std::string& path, int type) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return Cannot(path, ENAMETOOLONG);
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) return Cannot(path, error.value());
  auto lock = FileLock::Take(path + ".lock");
  if (const int* refused = std::get_if<int>(&lock)) {
    return *refused == EWOULDBLOCK ? InUse(path) : Cannot(path, *refused);
  }
  SocketClaim claim(std::get<FileLock>(std::move(lock)));
  if (absl::Status free = MakeWay(path, type); !free.ok()) return free;
  return claim;
}

}  // namespace soarm
