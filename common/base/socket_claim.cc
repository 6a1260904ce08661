#include "common/base/socket_claim.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/problem.h"

namespace soarm {
namespace {

// Each time another program had the lock, and ended, between our looking and our locking.
constexpr int kMostTries = 100;

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

bool IsStillThere(int descriptor, const std::string& path) {
  struct stat held{};
  struct stat there{};
  return ::fstat(descriptor, &held) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

// A descriptor that holds the lock.
absl::StatusOr<int> Lock(const std::string& path, const std::string& lock_path) {
  for (int i = 0; i < kMostTries; ++i) {
    const int descriptor =
        ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (descriptor < 0) return Cannot(path, errno);
    // A file system that knows no locks refuses with something else; better a daemon than a lock.
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(descriptor);
      return InUse(path);
    }
    // Whoever ends removes the file first: the lock of one that is gone keeps nobody out.
    if (IsStillThere(descriptor, lock_path)) return descriptor;
    ::close(descriptor);
  }
  return InUse(path);
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

absl::StatusOr<SocketClaim> SocketClaim::Take(const std::string& path, int type) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return Cannot(path, ENAMETOOLONG);
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) return Cannot(path, error.value());
  const std::string lock_path = path + ".lock";
  const absl::StatusOr<int> descriptor = Lock(path, lock_path);
  if (!descriptor.ok()) return descriptor.status();
  SocketClaim claim(lock_path, *descriptor);
  if (absl::Status free = MakeWay(path, type); !free.ok()) return free;
  return claim;
}

SocketClaim::SocketClaim(std::string lock_path, int descriptor)
    : lock_path_(std::move(lock_path)), descriptor_(descriptor) {}

SocketClaim::~SocketClaim() {
  if (descriptor_ < 0) return;
  ::unlink(lock_path_.c_str());
  ::close(descriptor_);
}

SocketClaim::SocketClaim(SocketClaim&& other) noexcept
    : lock_path_(std::move(other.lock_path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

SocketClaim& SocketClaim::operator=(SocketClaim&& other) noexcept {
  std::swap(lock_path_, other.lock_path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace soarm
