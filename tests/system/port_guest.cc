// A program that uses a tty as programs for servos do: it opens it and locks nothing.
//
//   port_guest PATH sit|read|write
//
// Says "port_guest ready" on stderr once it has the tty open, and runs until a signal ends it.
// `read` takes what comes; `write` pings servo 1 fifty times a second and reads no answer.

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace {

constexpr int kPeriod_ms = 20;
constexpr std::array<std::uint8_t, 6> kPing = {0xFF, 0xFF, 1, 2, 1, 0xFB};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int tty = ::open(argv[1], O_RDWR | O_NOCTTY);
  if (tty < 0) {
    std::perror(argv[1]);
    return 1;
  }
  std::fputs("port_guest ready\n", stderr);
  const std::string_view what = argv[2];
  std::array<std::uint8_t, 256> taken{};
  while (what == "read" && ::read(tty, taken.data(), taken.size()) > 0) {
  }
  while (what == "write" && ::write(tty, kPing.data(), kPing.size()) > 0) {
    ::poll(nullptr, 0, kPeriod_ms);
  }
  ::pause();
}
