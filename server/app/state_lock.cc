#include "server/app/state_lock.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/problem.h"

namespace soarm {

absl::StatusOr<std::unique_ptr<StateLock>> StateLock::Take(const std::string& folder) {
  std::unique_ptr<StateLock> lock(new StateLock(folder));
  const absl::Status taken = lock->Renew();
  if (!taken.ok()) return taken;
  return lock;
}

StateLock::~StateLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool StateLock::is_held() {
  const std::lock_guard lock(mutex_);
  return descriptor_ >= 0;
}

bool StateLock::IsTheFolder(int descriptor) const {
  struct stat held{};
  struct stat there{};
  return ::fstat(descriptor, &held) == 0 && ::stat(folder_.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

absl::Status StateLock::Renew() {
  const std::lock_guard lock(mutex_);
  if (descriptor_ >= 0 && IsTheFolder(descriptor_)) return absl::OkStatus();
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  const int descriptor = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // Whoever writes then finds out why.
  if (descriptor < 0) return absl::OkStatus();
  // A file system that knows no locks refuses with something else; better a daemon than a lock.
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor);
    return ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                     .reason = "STATE_DIR_IN_USE",
                     .subject = folder_,
                     .message = "Another daemon keeps its state in " + folder_ + ".",
                     .fix = "Stop the other daemon or choose another --state-dir.",
                     .facts = {}});
  }
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = descriptor;
  return absl::OkStatus();
}

}  // namespace soarm
