#include "common/base/secret_file.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/atomic_file.h"

namespace soarm {
namespace {

constexpr mode_t kOfOthers = 077;

int Tighten(int descriptor) {
  struct stat info{};
  if (::fstat(descriptor, &info) != 0) return errno;
  // First the mode: what it is given to is then already closed to everybody else.
  if (::fchmod(descriptor, kSecretMode) != 0) return errno;
  if (info.st_uid == ::geteuid()) return 0;
  return ::fchown(descriptor, ::geteuid(), static_cast<gid_t>(-1)) == 0 ? 0 : errno;
}

}  // namespace

std::string WhyNoSecret(const SmallFile& file, uid_t user) {
  if (file.owner != user && file.owner != 0) {
    return "it belongs to another user, of the number " + std::to_string(file.owner);
  }
  if ((file.mode & kOfOthers) == 0) return "";
  char mode[8] = {};
  std::snprintf(mode, sizeof mode, "%04o", file.mode & 07777U);
  return std::string("its mode is ") + mode;
}

int KeepFromOthers(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return errno;
  const int error = Tighten(descriptor);
  ::close(descriptor);
  return error;
}

}  // namespace soarm
