#include "clients/cpp/paired_robots.h"

#include <chrono>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "clients/cpp/address.h"
#include "common/base/problem.h"
#include "common/tls/authority.h"

namespace soarm::client {
namespace {

using testing::HasSubstr;

std::string ReasonOf(const absl::Status& status) {
  return status.ok() ? "" : ProblemOf(status).reason;
}

PairedRobot Paired(const std::string& name) {
  const auto authority = tls::Authority::Make("robot");
  const auto key = tls::PrivateKey::Generate();
  EXPECT_TRUE(authority.ok() && key.ok());
  constexpr std::int64_t kEnd_s = 4'000'000'000;
  const auto certificate =
      authority->IssueClient(*tls::MakeRequest(*key, "laptop"), "laptop", kEnd_s);
  EXPECT_TRUE(certificate.ok()) << certificate.status();
  return {.name = name,
          .hosts = {"10.0.0.1"},
          .port = 50252,
          .client = "laptop",
          .role = "operator",
          .tls = {authority->certificate().ToPem(), certificate->ToPem(), key->ToPem()}};
}

std::string PrintOf(const PairedRobot& robot) {
  return tls::Certificate::FromPem(robot.tls.authority)->Fingerprint();
}

class PairedRobotsTest : public testing::Test {
 protected:
  PairedRobotsTest() {
    std::string path = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  ~PairedRobotsTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& robot, const std::string& file) const {
    return folder_ + "/robots/" + robot + "/" + file;
  }
  void Write(const std::string& robot, const std::string& file, const std::string& text) const {
    std::ofstream(File(robot, file)) << text;
  }
  absl::Status Find(const std::string& name) const {
    return FindPairedRobot(folder_, name).status();
  }
  absl::Status Resolve(const std::string& server) const {
    Surroundings surroundings;
    surroundings.config_folder = folder_;
    surroundings.listens = [](const std::string&) { return false; };
    return ResolveAddress(server, surroundings).status();
  }

  std::string folder_;
};

TEST_F(PairedRobotsTest, ARobotIsNotKeptInPlaceOfAnother) {
  const PairedRobot first = Paired("pi");
  ASSERT_TRUE(SavePairedRobot(folder_, first).ok());
  const PairedRobot second = Paired("pi");
  const absl::Status asked = CheckRobotPlace(folder_, "pi", PrintOf(second));
  EXPECT_EQ(ReasonOf(asked), "ROBOT_NAME_TAKEN");
  EXPECT_THAT(ProblemOf(asked).fix, HasSubstr("--name"));
  EXPECT_THAT(ProblemOf(asked).fix, HasSubstr("rm -r " + folder_ + "/robots/pi"));
  EXPECT_EQ(ReasonOf(SavePairedRobot(folder_, second)), "ROBOT_NAME_TAKEN");
  EXPECT_EQ((*FindPairedRobot(folder_, "pi"))->tls.key, first.tls.key);
}

TEST_F(PairedRobotsTest, TheSameRobotReplacesItsOwnEntry) {
  PairedRobot robot = Paired("pi");
  ASSERT_TRUE(SavePairedRobot(folder_, robot).ok());
  robot.port = 7;
  EXPECT_TRUE(CheckRobotPlace(folder_, "pi", PrintOf(robot)).ok());
  EXPECT_EQ(FreeRobotName(folder_, "pi", PrintOf(robot)), "pi");
  EXPECT_TRUE(SavePairedRobot(folder_, robot).ok());
  EXPECT_EQ((*FindPairedRobot(folder_, "pi"))->port, 7);
  EXPECT_EQ(PairedRobotNames(folder_), std::vector<std::string>{"pi"}) << "no trial is left";
}

TEST_F(PairedRobotsTest, TheNextFreeNameIsNobodysOrTheRobotsOwn) {
  ASSERT_TRUE(SavePairedRobot(folder_, Paired("pi")).ok());
  const PairedRobot second = Paired("pi-2");
  EXPECT_EQ(FreeRobotName(folder_, "pi", PrintOf(second)), "pi-2");
  ASSERT_TRUE(SavePairedRobot(folder_, second).ok());
  EXPECT_EQ(FreeRobotName(folder_, "pi", PrintOf(second)), "pi-2") << "it is its own";
  EXPECT_EQ(FreeRobotName(folder_, "pi", "other"), "pi-3");
  const std::string longest(40, 'a');
  ASSERT_TRUE(SavePairedRobot(folder_, Paired(longest)).ok());
  EXPECT_EQ(FreeRobotName(folder_, longest, "other"), std::string(38, 'a') + "-2");
  // Whose that was cannot be told, and who names it may mean that one.
  std::filesystem::remove(File("pi", "robot.crt"));
  EXPECT_EQ(FreeRobotName(folder_, "pi", "other"), "pi-3");
  EXPECT_TRUE(CheckRobotPlace(folder_, "pi", "other").ok()) << "who says the name replaces it";
}

TEST_F(PairedRobotsTest, AFolderThatIsNotWholeIsAnErrorAndNeverPlainText) {
  for (const std::string& name : {std::string("pi"), std::string("localhost")}) {
    for (const char* file : {"robot.json", "robot.crt", "client.crt", "client.key"}) {
      ASSERT_TRUE(SavePairedRobot(folder_, Paired(name)).ok());
      EXPECT_TRUE(Resolve(name).ok());
      Write(name, file, "nonsense");
      const Problem bad = ProblemOf(Resolve(name));
      EXPECT_EQ(bad.reason, "BAD_ROBOT_FILE") << file;
      EXPECT_EQ(bad.subject, File(name, file));
      std::filesystem::remove(File(name, file));
      EXPECT_EQ(ReasonOf(Resolve(name)), "BAD_ROBOT_FILE") << file;
      EXPECT_THAT(ProblemOf(Resolve(name)).message, HasSubstr("it is missing"));
      std::filesystem::remove_all(folder_ + "/robots/" + name);
    }
    std::filesystem::create_directories(folder_ + "/robots/" + name);
    EXPECT_EQ(ReasonOf(Resolve(name)), "BAD_ROBOT_FILE") << "an empty folder";
    std::filesystem::remove_all(folder_ + "/robots/" + name);
    std::ofstream(folder_ + "/robots/" + name) << "a file";
    EXPECT_EQ(ReasonOf(Resolve(name)), "BAD_ROBOT_FILE") << "a file in its place";
    std::filesystem::remove(folder_ + "/robots/" + name);
  }
}

TEST_F(PairedRobotsTest, AKeyOfAnotherCertificateIsNamed) {
  ASSERT_TRUE(SavePairedRobot(folder_, Paired("pi")).ok());
  Write("pi", "client.key", Paired("other").tls.key);
  const Problem bad = ProblemOf(Find("pi"));
  EXPECT_EQ(bad.reason, "BAD_ROBOT_FILE");
  EXPECT_EQ(bad.subject, File("pi", "client.key"));
  EXPECT_THAT(bad.message, HasSubstr("it is not the key of client.crt"));
}

TEST_F(PairedRobotsTest, AKeyThatOthersMayHaveReadIsRefusedAndSaidWhatToDo) {
  const PairedRobot robot = Paired("pi");
  ASSERT_TRUE(SavePairedRobot(folder_, robot).ok());
  const std::string key = File("pi", "client.key");
  for (const mode_t mode : {0644U, 0640U, 0602U}) {
    ASSERT_EQ(::chmod(key.c_str(), mode), 0);
    const Problem open = ProblemOf(Find("pi"));
    EXPECT_EQ(open.reason, "BAD_ROBOT_FILE");
    EXPECT_EQ(open.subject, key);
    EXPECT_THAT(open.message, HasSubstr("its mode is 06"));
    EXPECT_THAT(open.fix, HasSubstr("`chmod 600 " + key + "`"));
  }
  ASSERT_EQ(::chmod(key.c_str(), 0400), 0);
  EXPECT_TRUE(Find("pi").ok());
  ASSERT_EQ(::chmod(File("pi", "client.crt").c_str(), 0666), 0);
  EXPECT_TRUE(Find("pi").ok()) << "a certificate is no secret";
  ASSERT_EQ(::chmod(key.c_str(), 0644), 0);
  EXPECT_TRUE(SavePairedRobot(folder_, robot).ok());
  EXPECT_TRUE(Find("pi").ok()) << "who pairs again has it anew";
}

TEST_F(PairedRobotsTest, WhatAJoinLeftThatWasKilledGoesWithTheNext) {
  const PairedRobot robot = Paired("pi");
  ASSERT_TRUE(SavePairedRobot(folder_, robot).ok());
  Write("pi", "client.key.a1B2c3.draft", "half a key");
  EXPECT_TRUE(Find("pi").ok()) << "it is in nobody's way";
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(File("pi", "client.key.a1B2c3.draft"), old);
  ASSERT_TRUE(SavePairedRobot(folder_, robot).ok());
  EXPECT_FALSE(std::filesystem::exists(File("pi", "client.key.a1B2c3.draft")));
}

TEST_F(PairedRobotsTest, WhoIsNotPairedIsNotReachedByPlainText) {
  EXPECT_THAT(ProblemOf(Resolve("pi")).message, HasSubstr("none is paired here"));
  ASSERT_TRUE(SavePairedRobot(folder_, Paired("fd")).ok());
  ASSERT_TRUE(SavePairedRobot(folder_, Paired("bench")).ok());
  for (const char* typed : {"pi", "pi:50251", "192.168.1.20:50251", "[fe80::1]", "[fe80::1]:7"}) {
    const Problem refused = ProblemOf(Resolve(typed));
    EXPECT_EQ(refused.reason, "NOT_PAIRED") << typed;
    EXPECT_EQ(refused.message,
              "No robot is paired under \"" + std::string(typed) + "\" (paired: bench, fd).");
    EXPECT_THAT(refused.fix, HasSubstr("soarm pair join"));
    EXPECT_THAT(refused.fix, HasSubstr("soarm discover"));
  }
  EXPECT_THAT(ProblemOf(Resolve("FD")).fix, HasSubstr("Did you mean fd?"));
  EXPECT_THAT(ProblemOf(Resolve("fd:50252")).fix, HasSubstr("Did you mean fd?"));
}

TEST_F(PairedRobotsTest, WhereNothingCanBeWrittenIsSaidOfThisComputer) {
  std::ofstream(folder_ + "/robots") << "in the way";
  const Problem unsaved = ProblemOf(CheckRobotPlace(folder_, "", "print"));
  EXPECT_EQ(unsaved.reason, "NOT_SAVED");
  EXPECT_THAT(unsaved.message + unsaved.fix, testing::Not(HasSubstr("daemon")));
  EXPECT_EQ(ReasonOf(SavePairedRobot(folder_, Paired("pi"))), "NOT_SAVED");
}

}  // namespace
}  // namespace soarm::client
