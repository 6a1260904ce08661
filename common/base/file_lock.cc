#include "common/base/file_lock.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace soarm {
namespace {

// Each time another program had the lock, and ended, between our looking and our locking.
constexpr int kMostTries = 100;

bool IsStillThere(int descriptor, const std::string& path) {
  struct stat held{};
  struct stat there{};
  return ::fstat(descriptor, &held) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

}  // namespace

std::variant<FileLock, int> FileLock::Take(const std::string& path) {
  for (int i = 0; i < kMostTries; ++i) {
    const int descriptor =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (descriptor < 0) return errno;
    // A file system that knows no locks refuses with something else; better a daemon than a lock.
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(descriptor);
      return EWOULDBLOCK;
    }
    // Whoever ends removes the file first: the lock of one that is gone keeps nobody out.
    if (IsStillThere(descriptor, path)) return FileLock(path, descriptor);
    ::close(descriptor);
  }
  return EWOULDBLOCK;
}

FileLock::FileLock(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace soarm
