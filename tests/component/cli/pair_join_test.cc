// What `soarm pair join` refuses before anything is sent, and where it reads the join string.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "clients/cpp/paired_robots.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/input_line.h"
#include "common/base/problem.h"
#include "common/tls/authority.h"
#include "common/tls/join_string.h"
#include "tests/component/cli/run_cli.h"

namespace soarm::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// An end to read from.
class Pipe {
 public:
  explicit Pipe(const std::string& text) {
    EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0);
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(ends_[1]);
  }
  ~Pipe() { ::close(ends_[0]); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int fd() const { return ends_[0]; }

 private:
  int ends_[2] = {};
};

class PairJoinTest : public testing::Test {
 protected:
  PairJoinTest() {
    std::string path = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  ~PairJoinTest() override { std::filesystem::remove_all(folder_); }

  // Of a robot that nobody answers for.
  static std::string JoinString() {
    return tls::JoinString{.hosts = {"127.0.0.1"},
                           .port = 1,
                           .fingerprint = std::string(64, 'a'),
                           .secret = "AAAAAAAAAAAAAAAAAAAAAA"}
        .ToString();
  }
  Outcome Run(std::vector<std::string> arguments) const {
    client::Surroundings surroundings = client::ReadSurroundings();
    surroundings.config_folder = folder_;
    return RunCli(arguments, {}, surroundings);
  }
  absl::Status Join(const cli::PairJoinOptions& options) const {
    std::FILE* nowhere = std::fopen("/dev/null", "w");
    cli::Output output(nowhere, nowhere, false, true);
    cli::Session session{.output = output};
    session.surroundings.config_folder = folder_;
    const absl::Status status = cli::RunPairJoin(session, options);
    std::fclose(nowhere);
    return status;
  }

  std::string folder_;
};

TEST_F(PairJoinTest, ANameThatAnotherRobotHasIsRefusedBeforeAnythingIsSent) {
  const auto authority = tls::Authority::Make("other");
  ASSERT_TRUE(
      client::SavePairedRobot(folder_, {.name = "vm",
                                        .hosts = {"10.0.0.1"},
                                        .port = 50252,
                                        .client = "laptop",
                                        .role = "operator",
                                        .tls = {authority->certificate().ToPem(), "c", "k"}})
          .ok());
  const Outcome taken = Run({"pair", "join", JoinString(), "--name", "vm"});
  EXPECT_EQ(taken.exit_code, 4);
  EXPECT_THAT(taken.err, HasSubstr("Another robot is paired under the name vm"));
  const Outcome free = Run({"pair", "join", JoinString(), "--name", "other"});
  EXPECT_EQ(free.exit_code, 3) << "it looks for the robot: " << free.err;
}

TEST_F(PairJoinTest, WhereNothingCanBeKeptNothingIsSent) {
  std::ofstream(folder_ + "/robots") << "in the way";
  const Outcome outcome = Run({"pair", "join", JoinString()});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("could not be written"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("daemon")));
}

TEST_F(PairJoinTest, TheStringMayComeFromTheInput) {
  for (const char* typed : {"", "-"}) {
    const Pipe input("\n  " + JoinString() + " \r\nmore\n");
    const Problem refused =
        ProblemOf(Join({.join_string = typed, .name = "", .input = input.fd()}));
    EXPECT_EQ(refused.reason, "DAEMON_UNREACHABLE") << "it was understood";
  }
  const Pipe nonsense("nonsense");
  EXPECT_EQ(ProblemOf(Join({.join_string = "-", .name = "", .input = nonsense.fd()})).reason,
            "BAD_JOIN_STRING");
  const Pipe nothing("\n");
  EXPECT_EQ(ProblemOf(Join({.join_string = "", .name = "", .input = nothing.fd()})).reason,
            "USAGE");
  const Pipe endless(std::string(9000, 'x'));
  const Problem refused = ProblemOf(Join({.join_string = "", .name = "", .input = endless.fd()}));
  EXPECT_EQ(refused.reason, "USAGE");
  EXPECT_THAT(refused.message, HasSubstr("longer than 8 KiB"));
}

TEST_F(PairJoinTest, CtrlCEndsTheWaitForTheInput) {
  int ends[2] = {};
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(absl::IsCancelled(cli::ReadInputLine(ends[0], stop.get_token()).status()));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(PairJoinTest, WhoIsNotPairedIsNamedByEveryCommand) {
  const Outcome outcome = Run({"--server", "pi", "status"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("No robot is paired under \"pi\" (none is paired here)"));
}

}  // namespace
}  // namespace soarm::test
