// Commands that wait say for what.

#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/component/cli/fake_daemon.h"
#include "tests/component/cli/run_cli.h"

namespace soarm::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// Standard error as a file that is read while the command still writes it.
class GrowingFile {
 public:
  GrowingFile() : file_(std::tmpfile()) {}
  ~GrowingFile() { std::fclose(file_); }
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  std::FILE* file() { return file_; }
  std::string text() const {
    std::string text(1 << 16, '\0');
    const ssize_t size = ::pread(::fileno(file_), text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return text;
  }
  // Waits until it holds `part`; false after 20 s.
  bool WaitFor(const std::string& part) const {
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (text().find(part) == std::string::npos) {
      if (std::chrono::steady_clock::now() > late) return false;
      std::this_thread::yield();
    }
    return true;
  }

 private:
  std::FILE* const file_;
};

TEST(WaitingTest, AWatchOfADaemonThatHangsSaysThatNothingComesAndGoesOn) {
  for (const bool json : {false, true}) {
    GrowingFile err;
    FakeDaemon::Script script;
    bool said = false;
    script.on_first_state = [&] { said = err.WaitFor("no state has come from soarmd since "); };
    FakeDaemon daemon(script);
    std::FILE* out = std::tmpfile();
    std::vector<std::string> arguments = {"watch", "--count", "2", "--server", daemon.address()};
    if (json) arguments.emplace_back("--json");
    EXPECT_EQ(cli::RunProgram(arguments, out, err.file(), {}), 0);
    EXPECT_TRUE(said);
    EXPECT_THAT(err.text(), HasSubstr("heard again"));
    const std::string shown = Drain(out);
    EXPECT_EQ(std::ranges::count(shown, '\n'), 2) << "nothing else among the states";
  }
}

TEST(WaitingTest, AMoveThatSpeedScaleZeroHoldsSaysSo) {
  std::stop_source interrupt;
  FakeDaemon::Script script;
  script.move_speed_scale = 0.0;
  GrowingFile err;
  script.on_move = [&] {
    EXPECT_TRUE(err.WaitFor("held: speed scale is 0"));
    interrupt.request_stop();
  };
  FakeDaemon daemon(script);
  std::FILE* out = std::tmpfile();
  EXPECT_EQ(cli::RunProgram({"move", "rest", "--server", daemon.address()}, out, err.file(),
                            interrupt.get_token()),
            130);
  Drain(out);

  script.on_move = nullptr;  // the scale is raised, and the move comes to its end
  FakeDaemon raised(script);
  const Outcome outcome = RunCli({"move", "rest", "--server", raised.address()});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err,
            "held: speed scale is 0, so arm waits until the lease's speed scale is raised\n"
            "arm goes on\n");
  script.move_speed_scale = 0.5;
  FakeDaemon moving(script);
  EXPECT_THAT(RunCli({"move", "rest", "--server", moving.address()}).err, Not(HasSubstr("held")));
}

}  // namespace
}  // namespace soarm::test
