#include "server/front/tls_identity.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/problem.h"
#include "common/base/small_file.h"

namespace soarm {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kToday_s = 1'800'000'000;

class TlsIdentityTest : public testing::Test {
 protected:
  TlsIdentityTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  ~TlsIdentityTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name) const { return (folder_ / "tls" / name).string(); }
  std::string Text(const std::string& name) const { return ReadSmallFile(File(name)).text; }
  absl::StatusOr<TlsIdentity> Load(std::int64_t now_s = kToday_s) const {
    return TlsIdentity::LoadOrMake((folder_ / "tls").string(), "robot", now_s,
                                   [] { return absl::OkStatus(); });
  }

  // Dies of a file that gets larger.
  void LoadWithFilesUpTo(rlim_t most) const {
    const rlimit none{};
    const rlimit small{.rlim_cur = most, .rlim_max = most};
    ::setrlimit(RLIMIT_CORE, &none);
    ::setrlimit(RLIMIT_FSIZE, &small);
    ::umask(0);
    (void)Load();
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(TlsIdentityTest, StaysTheSameAndItsKeysAreItsOwn) {
  const auto made = Load();
  ASSERT_TRUE(made.ok()) << made.status();
  const auto again = Load();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->Fingerprint(), made->Fingerprint());
  EXPECT_EQ(again->server().Fingerprint(), made->server().Fingerprint());
  for (const char* name : {"robot.key", "server.key"}) {
    struct stat info{};
    ASSERT_EQ(::stat(File(name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777, 0600) << name;
  }
}

TEST_F(TlsIdentityTest, RenewsItsServerInItsLastYearAndStaysTheSameRobot) {
  const auto made = Load();
  ASSERT_TRUE(made.ok()) << made.status();
  const auto renewed = Load(made->server().ExpiresAt_s() - 24 * 3600);
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_EQ(renewed->Fingerprint(), made->Fingerprint());
  EXPECT_GT(renewed->server().ExpiresAt_s(), made->server().ExpiresAt_s());
}

TEST_F(TlsIdentityTest, MakesADamagedServerAnew) {
  ASSERT_TRUE(Load().ok());
  std::ofstream(File("server.crt")) << "junk";
  const auto mended = Load();
  ASSERT_TRUE(mended.ok()) << mended.status();
  EXPECT_TRUE(mended->server().IsIssuedBy(mended->authority().certificate()));
}

TEST_F(TlsIdentityTest, LeavesADamagedRobotAloneAndSaysWhichFile) {
  ASSERT_TRUE(Load().ok());
  std::ofstream(File("robot.key")) << "junk";
  const auto refused = Load();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(ProblemOf(refused.status()).reason, "BAD_KEY");
  EXPECT_EQ(ProblemOf(refused.status()).subject, File("robot.key"));
  EXPECT_EQ(std::filesystem::file_size(File("robot.key")), 4u);
}

TEST_F(TlsIdentityTest, HalfARobotIsNotMadeAnotherOne) {
  for (const auto& [gone, left] :
       {std::pair{"robot.key", "robot.crt"}, {"robot.crt", "robot.key"}}) {
    const auto made = Load();
    ASSERT_TRUE(made.ok()) << made.status();
    const std::string kept = Text(left);
    const std::string lost = Text(gone);
    std::filesystem::remove(File(gone));
    const Problem refused = ProblemOf(Load().status());
    EXPECT_EQ(refused.reason, "KEY_FILE_MISSING");
    EXPECT_EQ(refused.subject, File(gone));
    EXPECT_THAT(refused.message, HasSubstr(std::string(gone) + " is missing, and " + left));
    EXPECT_THAT(refused.fix, HasSubstr(std::string("Restore ") + gone));
    EXPECT_THAT(refused.fix, HasSubstr(std::string("or remove ") + left));
    EXPECT_EQ(Text(left), kept);
    EXPECT_FALSE(std::filesystem::exists(File(gone)));
    // Both ways out.
    std::ofstream(File(gone)) << lost;
    std::filesystem::permissions(File(gone), std::filesystem::perms(0600));
    EXPECT_EQ(Load()->Fingerprint(), made->Fingerprint());
    std::filesystem::remove(File(gone));
    std::filesystem::remove(File(left));
    const auto anew = Load();
    ASSERT_TRUE(anew.ok()) << anew.status();
    EXPECT_TRUE(anew->is_new());
    EXPECT_NE(anew->Fingerprint(), made->Fingerprint());
  }
}

TEST_F(TlsIdentityTest, WhichOfTheRobotsFilesIsBadIsSaid) {
  ASSERT_TRUE(Load().ok());
  const std::string key = Text("robot.key");
  const std::string certificate = Text("robot.crt");
  ASSERT_TRUE(TlsIdentity::LoadOrMake(File("../other"), "other", kToday_s, [] {
                return absl::OkStatus();
              }).ok());
  const struct {
    const char* file;
    std::string text;
    const char* reason;
    const char* subject;
  } bad_files[] = {{"robot.key", "", "BAD_KEY", "robot.key"},
                   {"robot.crt", "\n", "BAD_CERTIFICATE", "robot.crt"},
                   {"robot.key", key.substr(0, key.size() / 2), "BAD_KEY", "robot.key"},
                   {"robot.crt", certificate.substr(0, 300), "BAD_CERTIFICATE", "robot.crt"},
                   {"robot.key", Text("../other/robot.key"), "KEY_MISMATCH", "robot.key"},
                   {"robot.crt", Text("../other/robot.crt"), "KEY_MISMATCH", "robot.key"}};
  for (const auto& bad : bad_files) {
    std::ofstream(File("robot.key")) << key;
    std::ofstream(File("robot.crt")) << certificate;
    std::ofstream(File(bad.file)) << bad.text;
    const Problem refused = ProblemOf(Load().status());
    EXPECT_EQ(refused.reason, bad.reason);
    EXPECT_EQ(refused.subject, File(bad.subject));
    EXPECT_THAT(refused.fix, HasSubstr("Restore robot.key and robot.crt"));
    EXPECT_EQ(Text(bad.file), bad.text) << "nothing is thrown away";
  }
}

TEST_F(TlsIdentityTest, AFirstMakingThatWasCutShortIsNoHalfARobot) {
  const auto made = Load();
  ASSERT_TRUE(made.ok()) << made.status();
  std::filesystem::rename(File("robot.key"), File("robot.key.new"));  // one step before the end
  const auto finished = Load();
  ASSERT_TRUE(finished.ok()) << finished.status();
  EXPECT_EQ(finished->Fingerprint(), made->Fingerprint());
  EXPECT_FALSE(std::filesystem::exists(File("robot.key.new")));
  // And before there was a certificate: nobody has ever seen that robot.
  std::filesystem::rename(File("robot.key"), File("robot.key.new"));
  std::filesystem::remove(File("robot.crt"));
  const auto anew = Load();
  ASSERT_TRUE(anew.ok()) << anew.status();
  EXPECT_TRUE(anew->is_new());
  // A key that is not the certificate's finishes nothing.
  std::filesystem::rename(File("robot.key"), File("aside"));
  std::ofstream(File("robot.key.new")) << Text("server.key");
  EXPECT_EQ(ProblemOf(Load().status()).reason, "KEY_FILE_MISSING");
}

// Killed at each of its writes in turn, which a limit of the sizes of files does, the next start
// makes a robot or finds one.
TEST_F(TlsIdentityTest, WhatADaemonLeftThatDiedWhileItWroteIsRemovedAndWasSecret) {
  for (const rlim_t most : {rlim_t{0}, rlim_t{300}, rlim_t{500}}) {
    EXPECT_EXIT(LoadWithFilesUpTo(most), testing::KilledBySignal(SIGXFSZ), "");
    int leavings = 0;
    for (const auto& entry : std::filesystem::directory_iterator(File(""))) {
      ++leavings;
      struct stat info{};
      ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
      const bool has_key = entry.path().filename().string().find(".key") != std::string::npos;
      EXPECT_TRUE(!has_key || (info.st_mode & 077) == 0) << entry.path();
    }
    EXPECT_GT(leavings, 0);
    TlsIdentity::RemoveLeavings(File(""));
    const auto found = Load();
    EXPECT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(File("")), {}), 4);
    std::filesystem::remove_all(File(""));
  }
}

TEST_F(TlsIdentityTest, AKeyThatOthersCouldReadIsTakenFromThem) {
  const auto made = Load();
  ASSERT_TRUE(made.ok()) << made.status();
  for (const char* name : {"robot.key", "server.key"}) {
    ASSERT_EQ(::chmod(File(name).c_str(), 0644), 0);
    const auto again = Load();
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->Fingerprint(), made->Fingerprint());
    struct stat info{};
    ASSERT_EQ(::stat(File(name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
    if (::geteuid() != 0) continue;
    ASSERT_EQ(::chown(File(name).c_str(), 65534, 65534), 0);
    ASSERT_TRUE(Load().ok());
    ASSERT_EQ(::stat(File(name).c_str(), &info), 0);
    EXPECT_EQ(info.st_uid, 0u) << name;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
  }
}

TEST_F(TlsIdentityTest, ARobotWhoseClockIsWrongMakesCertificatesThatHoldToday) {
  const auto made = Load(0);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_LT(made->authority().certificate().BeginsAt_s(), kToday_s);
  EXPECT_GT(made->authority().certificate().ExpiresAt_s(), kToday_s);
  EXPECT_LT(made->server().BeginsAt_s(), kToday_s);
  EXPECT_GT(made->server().ExpiresAt_s(), kToday_s);
  EXPECT_FALSE(made->IsDue(0));
  EXPECT_FALSE(made->IsDue(kToday_s));
  // The clock is set, and it is as late as this.
  const std::int64_t late_s = made->server().ExpiresAt_s() + 1;
  EXPECT_TRUE(made->IsDue(late_s));
  const auto renewed = Load(late_s);
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_EQ(renewed->Fingerprint(), made->Fingerprint());
  EXPECT_GT(renewed->server().ExpiresAt_s(), late_s);
}

TEST_F(TlsIdentityTest, AClockFarAheadIssuesNothingThatOutlivesTheRobotAndNotAgainAndAgain) {
  constexpr std::int64_t kFarAhead_s = 4'000'000'000;
  const auto made = Load(kFarAhead_s);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->server().ExpiresAt_s(), made->authority().certificate().ExpiresAt_s());
  EXPECT_FALSE(made->IsDue(kFarAhead_s));
  EXPECT_EQ(Load(kFarAhead_s)->server().Fingerprint(), made->server().Fingerprint());
  EXPECT_EQ(Load(kToday_s)->server().Fingerprint(), made->server().Fingerprint());
}

}  // namespace
}  // namespace soarm
