#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace soarm {

// The far side of a pseudo-terminal.
class Pty {
 public:
  Pty() : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    grantpt(master_);
    unlockpt(master_);
    std::array<char, 64> name{};
    ptsname_r(master_, name.data(), name.size());
    path_ = name.data();
  }
  ~Pty() { HangUp(); }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  void HangUp() {
    if (master_ >= 0) close(master_);
    master_ = -1;
  }
  void Send(const std::vector<std::uint8_t>& bytes) {
    ASSERT_EQ(write(master_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  std::vector<std::uint8_t> Receive(std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    const ssize_t got = read(master_, bytes.data(), size);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }
  const std::string& path() const { return path_; }
  int descriptor() const { return master_; }

 private:
  int master_;
  std::string path_;
};

}  // namespace soarm
