// Apart from pseudo_terminal.cc because the kernel's termios2 and libc's termios cannot be
// included together.

#include <asm/termbits.h>
#include <sys/ioctl.h>

#include "server/sim/pseudo_terminal.h"

namespace soarm::sim {

int ReadLineSpeed(int descriptor) noexcept {
  termios2 settings{};
  if (::ioctl(descriptor, TCGETS2, &settings) != 0) return 0;
  return static_cast<int>(settings.c_ospeed);
}

}  // namespace soarm::sim
