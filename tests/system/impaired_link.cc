#include "tests/system/impaired_link.h"

#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/process.h"

namespace soarm::test {

ImpairedLink::ImpairedLink(const std::string& address, int seed) {
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe2");
  }
  const std::vector<std::string> words = {
      "python3", "-B", SOARM_TOOLS_DIR "/impair.py", "--seed", std::to_string(seed), address};
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  commands_ = in[1];
  answers_ = out[0];
  const std::string said = ReadLine();
  constexpr std::string_view kPort = "port ";
  if (!said.starts_with(kPort)) throw std::runtime_error("impair.py says \"" + said + "\"");
  port_ = static_cast<std::uint16_t>(std::stoi(said.substr(kPort.size())));
}

ImpairedLink::~ImpairedLink() {
  ::close(commands_);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::close(answers_);
}

// Empty when nothing came in time.
std::string ImpairedLink::ReadLine() {
  while (true) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      const std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    pollfd wait{answers_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(Process::kPatience.count())) != 1) return {};
    char buffer[1024];
    const ssize_t size = ::read(answers_, buffer, sizeof buffer);
    if (size <= 0) return {};
    unread_.append(buffer, static_cast<std::size_t>(size));
  }
}

std::string ImpairedLink::Ask(const std::string& command) {
  const std::string line = command + "\n";
  if (::write(commands_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return {};
  return ReadLine();
}

void ImpairedLink::Do(const std::string& command) { EXPECT_EQ(Ask(command), "ok") << command; }

std::int64_t ImpairedLink::Count(const std::string& name) {
  const std::string counts = Ask("counts");
  std::istringstream words(counts);
  for (std::string word; words >> word;) {
    if (word.starts_with(name + "=")) return std::stoll(word.substr(name.size() + 1));
  }
  ADD_FAILURE() << "no count \"" << name << "\" in: " << counts;
  return -1;
}

}  // namespace soarm::test
