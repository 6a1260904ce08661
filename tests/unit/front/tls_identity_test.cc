#include "server/front/tls_identity.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/base/problem.h"

namespace soarm {
namespace {

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
  absl::StatusOr<TlsIdentity> Load(std::int64_t now_s = kToday_s) const {
    return TlsIdentity::LoadOrMake((folder_ / "tls").string(), "robot", now_s,
                                   [] { return absl::OkStatus(); });
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

TEST_F(TlsIdentityTest, ARobotWhoseClockIsWrongMakesCertificatesThatHoldToday) {
  const auto made = Load(0);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_GT(made->server().ExpiresAt_s(), kToday_s);
}

}  // namespace
}  // namespace soarm
