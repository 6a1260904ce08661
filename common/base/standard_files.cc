#include "common/base/standard_files.h"

#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace soarm {

void OpenStandardFiles() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // The lowest free one is this one, as those below are open by now.
    if (::open("/dev/null", O_RDWR) != descriptor) std::abort();
  }
}

}  // namespace soarm
