#include "common/base/small_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace soarm {
namespace {

std::string KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "it is a directory";
  if (S_ISFIFO(mode)) return "it is a pipe";
  if (S_ISSOCK(mode)) return "it is a socket";
  return "it is a device";
}

SmallFile Faulty(std::string fault, std::string fix) {
  SmallFile file;
  file.fault = std::move(fault);
  file.fix = std::move(fix);
  return file;
}

SmallFile Failed(int error) {
  return Faulty(std::strerror(error), FixOfFileError(error, "Let soarmd read it."));
}

// From an open descriptor; not trusting its size, which may change meanwhile.
SmallFile ReadFrom(int descriptor) {
  struct stat info{};
  if (::fstat(descriptor, &info) != 0) return Failed(errno);
  if (!S_ISREG(info.st_mode)) return Faulty(KindOf(info.st_mode), "Move it away.");
  SmallFile file;
  file.mode = info.st_mode & 07777U;
  file.owner = info.st_uid;
  char buffer[16384];
  while (file.text.size() <= kMostInSmallFile) {
    const ssize_t size = ::read(descriptor, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Failed(errno);
    if (size == 0) return file;
    file.text.append(buffer, static_cast<std::size_t>(size));
  }
  return Faulty("it is larger than 1 MiB", "Move it away.");
}

}  // namespace

std::string WhyNoRegularFile(const std::string& path) {
  struct stat info{};
  const bool is_other = ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
  return is_other ? KindOf(info.st_mode) : "";
}

SmallFile ReadSmallFile(const std::string& path) {
  // Asked before, too: some devices do something when they are opened, and a socket does not open.
  if (std::string kind = WhyNoRegularFile(path); !kind.empty()) {
    return Faulty(std::move(kind), "Move it away.");
  }
  struct stat info{};
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) {
    const int error = errno;
    // What it leads to may be on a disk that is not there yet.
    if (error == ENOENT && ::lstat(path.c_str(), &info) == 0) {
      return Faulty("it is a link that leads nowhere", "Bring back what it leads to.");
    }
    SmallFile file = Failed(error);
    file.missing = error == ENOENT || error == ENOTDIR;
    return file;
  }
  SmallFile file = ReadFrom(descriptor);
  ::close(descriptor);
  return file;
}

std::string FixOfFileError(int error, const std::string& otherwise) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "Make room on the disk.";
    case EISDIR:
    case ENOTEMPTY:
    case EEXIST:
    case ELOOP:
      return "Move away what has its name.";
    case EMFILE:
    case ENFILE:
      return "Raise the limit of open files (LimitNOFILE=, ulimit -n), or end what holds them.";
    case EFBIG:
      return "Raise the limit of the size of a file (LimitFSIZE=, ulimit -f).";
    case EIO:
      return "Look at the disk: the kernel's log says more.";
    default:
      return otherwise;
  }
}

}  // namespace soarm
