#include "tests/system/process.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace soarm::test {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

}  // namespace

Process::Process(const std::string& program, const std::vector<std::string>& args, bool closed,
                 std::size_t most_files) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  const std::string path = std::string(SOARM_BIN_DIR) + "/" + program;
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a crashed test leaves no daemon behind
    ::dup2(ends[1], STDERR_FILENO);
    const rlimit files{most_files, most_files};
    if (most_files > 0) ::setrlimit(RLIMIT_NOFILE, &files);
    for (int i = STDIN_FILENO; closed && i <= STDERR_FILENO; ++i) ::close(i);
    ::execv(path.c_str(), argv.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  stderr_ = ends[0];
}

Process::~Process() {
  if (!exit_) {
    Signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(stderr_);
}

void Process::Signal(int signal) const {
  if (!exit_) ::kill(pid_, signal);
}

bool Process::ReadSome(milliseconds patience) {
  pollfd wait{stderr_, POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(patience.count())) <= 0) return true;
  char buffer[4096];
  const ssize_t size = ::read(stderr_, buffer, sizeof buffer);
  if (size <= 0) return false;
  text_.append(buffer, static_cast<std::size_t>(size));
  return true;
}

std::optional<std::string> Process::WaitForLine(const std::string& prefix) {
  const auto deadline = SteadyClock::now() + kPatience;
  std::size_t start = 0;
  while (true) {
    const std::size_t end = text_.find('\n', start);
    if (end != std::string::npos) {
      const std::string line = text_.substr(start, end - start);
      if (line.starts_with(prefix)) return line;
      start = end + 1;
      continue;
    }
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - SteadyClock::now());
    if (left <= milliseconds(0) || !ReadSome(left)) return std::nullopt;
  }
}

std::optional<int> Process::WaitForExit() {
  const auto deadline = SteadyClock::now() + kPatience;
  while (!exit_) {
    // Its end of stderr closes when it ends, so waiting for that is waiting for the process.
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - SteadyClock::now());
    if (left <= milliseconds(0)) return std::nullopt;
    if (ReadSome(left)) continue;
    Reap();
    if (!exit_) return std::nullopt;
  }
  return exit_;
}

std::optional<int> Process::WaitForExitUnread() {
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  pollfd wait{handle, POLLIN, 0};
  if (handle >= 0 && ::poll(&wait, 1, static_cast<int>(kPatience.count())) == 1) Reap();
  ::close(handle);
  return exit_;
}

void Process::Reap() {
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) return;
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool Process::IsRunning() {
  int status = 0;
  if (!exit_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  return !exit_;
}

void Process::BlockErrors() const {
  // Opened anew, the pipe does not block us.
  const std::string path = "/proc/" + std::to_string(pid_) + "/fd/2";
  const int pipe = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (pipe < 0) throw std::runtime_error(path);
  for (std::size_t size = 4096; size > 0; size /= 2) {
    const std::string text(size, '\n');
    while (::write(pipe, text.data(), text.size()) > 0) {
    }
  }
  ::close(pipe);
}

const std::string& Process::errors() {
  while (true) {
    const std::size_t before = text_.size();
    if (!ReadSome(milliseconds(0)) || text_.size() == before) return text_;
  }
}

std::size_t Process::resident_bytes() const {
  std::ifstream statm("/proc/" + std::to_string(pid_) + "/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TemporaryFolder::TemporaryFolder() {
  char pattern[] = "/tmp/soarm-XXXXXX";
  if (::mkdtemp(pattern) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TemporaryFolder::Write(const std::string& name, const std::string& text) const {
  std::ofstream(File(name)) << text;
}

}  // namespace soarm::test
