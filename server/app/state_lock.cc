#include "server/app/state_lock.h"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/base/problem.h"

namespace soarm {

absl::StatusOr<StateLock> StateLock::Take(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return StateLock();
  // A file system that knows no locks refuses with something else; better a daemon than a lock.
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor);
    return ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                     .reason = "STATE_DIR_IN_USE",
                     .subject = folder,
                     .message = "Another daemon keeps its state in " + folder + ".",
                     .fix = "Stop the other daemon or choose another --state-dir.",
                     .facts = {}});
  }
  return StateLock(descriptor);
}

StateLock::~StateLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

StateLock::StateLock(StateLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

StateLock& StateLock::operator=(StateLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace soarm
