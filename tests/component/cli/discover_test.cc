#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cpp/paired_robots.h"
#include "clients/tools/soarm/commands/commands.h"
#include "common/base/problem.h"
#include "common/tls/authority.h"
#include "tests/component/cli/run_cli.h"

namespace soarm::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Shown {
  absl::Status status;
  std::string text;
};

class DiscoverTest : public ::testing::Test {
 protected:
  DiscoverTest() {
    std::string path = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  ~DiscoverTest() override { std::filesystem::remove_all(folder_); }

  void PairAs(const std::string& name) {
    const auto authority = tls::Authority::Make("robot");
    ASSERT_TRUE(authority.ok()) << authority.status();
    print_ = authority->certificate().Fingerprint();
    ASSERT_TRUE(
        client::SavePairedRobot(folder_, {.name = name,
                                          .hosts = {"10.0.0.1"},
                                          .port = 50252,
                                          .client = "laptop",
                                          .role = "operator",
                                          .tls = {authority->certificate().ToPem(), "c", "k"}})
            .ok());
  }
  void Find(const std::string& name, const std::string& fingerprint) {
    findings_.Add({.name = name,
                   .host = "10.0.0.1",
                   .port = 50252,
                   .about = {"version=0.1.0", "fingerprint=" + fingerprint}});
  }
  Shown Show(bool json = false) {
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* out = ::open_memstream(&text, &size);
    Output output(out, out, json, /*no_colour=*/true);
    Session session{.output = output};
    session.surroundings.config_folder = folder_;
    Shown shown{.status = ShowFound(session, findings_, {}), .text = {}};
    std::fclose(out);
    shown.text.assign(text, size);
    std::free(text);
    return shown;
  }

  std::string folder_;
  client::Findings findings_;
  std::string print_;
};

TEST_F(DiscoverTest, TellsWhatIsPairedByTheFingerprintAndNotByTheName) {
  PairAs("bench");
  Find("kitchen", print_);
  Find("bench", std::string(64, 'f'));
  const Shown shown = Show();
  EXPECT_TRUE(shown.status.ok());
  EXPECT_THAT(shown.text, HasSubstr("kitchen  10.0.0.1:50252  0.1.0    as bench\n"));
  EXPECT_THAT(shown.text, HasSubstr("bench    10.0.0.1:50252  0.1.0    not paired\n"));
  EXPECT_THAT(shown.text, HasSubstr("Anybody can announce anything"));
}

TEST_F(DiscoverTest, SaysTheSameInJson) {
  PairAs("bench");
  Find("kitchen", print_);
  const Shown shown = Show(/*json=*/true);
  EXPECT_TRUE(shown.status.ok());
  EXPECT_EQ(shown.text,
            "{\"robots\": [\n  {\"name\": \"kitchen\", \"addresses\": [\"10.0.0.1:50252\"], "
            "\"version\": \"0.1.0\", \"fingerprint\": \"" +
                print_ + "\", \"paired_as\": \"bench\"}\n]}\n");
}

TEST_F(DiscoverTest, WhoSaysNoFingerprintIsNotPaired) {
  PairAs("bench");
  Find("kitchen", "");
  EXPECT_THAT(Show().text, HasSubstr("not paired"));
}

TEST_F(DiscoverTest, NobodyIsAnError) {
  const Problem problem = ProblemOf(Show().status);
  EXPECT_EQ(problem.reason, "NO_ROBOT_FOUND");
  EXPECT_THAT(problem.message, HasSubstr("within 2.0 s"));
  EXPECT_THAT(problem.fix, Not(HasSubstr("avahi-daemon here")));
}

TEST_F(DiscoverTest, NoAvahiIsAnErrorOfItsOwn) {
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + folder_ + "/none").c_str(), 1);
  const test::Outcome outcome = test::RunCli({"--json", "discover", "--seconds", "0.1"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("\"reason\":\"NO_AVAHI\""));
  EXPECT_THAT(outcome.out, HasSubstr("Install and start dbus and avahi-daemon"));
}

}  // namespace
}  // namespace soarm::cli
