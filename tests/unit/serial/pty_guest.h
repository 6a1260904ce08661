#pragma once

#include <csignal>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace soarm {

// Another program that has a tty open, locks nothing and waits. `far_side` is a descriptor that it
// keeps as well; `called` is what it says its name is. Ends with the object.
class PtyGuest {
 public:
  explicit PtyGuest(const std::string& path, int far_side = -1, std::string called = "guest") {
    int started[2];
    int input[2];
    EXPECT_EQ(pipe2(started, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(input, O_CLOEXEC), 0);
    char* argv[] = {called.data(), nullptr};
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (far_side >= 0) fcntl(far_side, F_SETFD, 0);
      dup2(input[0], STDIN_FILENO);
      if (open(path.c_str(), O_RDWR | O_NOCTTY) >= 0) execv("/bin/cat", argv);
      _exit(127);
    }
    close(started[1]);
    char none = 0;
    EXPECT_EQ(read(started[0], &none, 1), 0);  // exec closes the other end
    close(started[0]);
    close(input[0]);
    input_ = input[1];
  }
  ~PtyGuest() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    close(input_);
  }
  PtyGuest(const PtyGuest&) = delete;
  PtyGuest& operator=(const PtyGuest&) = delete;

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
  int input_ = -1;  // it waits for what never comes
};

}  // namespace soarm
