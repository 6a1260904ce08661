#include "server/front/pairing_desk.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "server/config/client_book.h"

namespace soarm {
namespace {

class PairingDeskTest : public testing::Test {
 protected:
  PairingDeskTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    PairedClient laptop;
    laptop.name = "laptop";
    laptop.fingerprint = "aa";
    EXPECT_TRUE(clients_.Add(laptop).ok());
    auto door = FrontDoor::Bind({"tls:127.0.0.1:0"}, {}, clients_, callers_);
    EXPECT_TRUE(door.ok()) << door.status();
    door_ = *std::move(door);
    door_->Serve([](int) {});
    PairingOptions options;
    options.folder = folder_ / "tls";
    options.robot = "robot";
    desk_ = std::make_unique<PairingDesk>(std::move(options), *door_, clients_);
  }
  ~PairingDeskTest() override { std::filesystem::remove_all(folder_); }

  std::string Tls(const std::string& name) const { return folder_ / "tls" / name; }
  // The files of another robot, beside this one's.
  TlsIdentity Other() const {
    auto other = TlsIdentity::LoadOrMake(folder_ / "other", "other", 1'800'000'000,
                                         [] { return absl::OkStatus(); });
    EXPECT_TRUE(other.ok()) << other.status();
    return *std::move(other);
  }
  void Copy(const std::string& name) const {
    std::filesystem::copy_file(folder_ / "other" / name, Tls(name),
                               std::filesystem::copy_options::overwrite_existing);
  }

  ClientBook clients_{""};  // in memory
  CallerTable callers_;
  std::filesystem::path folder_;
  std::unique_ptr<FrontDoor> door_;
  std::unique_ptr<PairingDesk> desk_;
};

TEST_F(PairingDeskTest, ShowsKeysThatWereReplacedWhileItRuns) {
  ASSERT_TRUE(desk_->Start().ok());
  desk_->Renew();
  const std::string before = door_->fingerprint();
  EXPECT_NE(before, "");
  const TlsIdentity other = Other();
  Copy("robot.key");
  desk_->Renew();
  EXPECT_EQ(door_->fingerprint(), before) << "a key without its certificate is nothing";
  EXPECT_FALSE(std::filesystem::is_empty(Tls("robot.key"))) << "and is not thrown away";
  Copy("robot.crt");
  desk_->Renew();
  EXPECT_EQ(door_->fingerprint(), other.Fingerprint());
  EXPECT_EQ(desk_->Start(), absl::OkStatus());
}

TEST_F(PairingDeskTest, GoesOnWithWhatItHasWhereTheNewIsNoGood) {
  ASSERT_TRUE(desk_->Start().ok());
  const std::string before = door_->fingerprint();
  std::filesystem::remove(Tls("robot.crt"));
  desk_->Renew();
  EXPECT_FALSE(std::filesystem::exists(Tls("robot.crt"))) << "no new robot is made of half a pair";
  std::ofstream(Tls("robot.crt")) << "no certificate";
  desk_->Renew();
  EXPECT_EQ(door_->fingerprint(), before);
  EXPECT_FALSE(desk_->Start().ok());
}

TEST_F(PairingDeskTest, DoesNothingBeforeTlsIsOpen) {
  desk_->Renew();
  EXPECT_FALSE(std::filesystem::exists(Tls("")));
  EXPECT_EQ(door_->fingerprint(), "");
}

}  // namespace
}  // namespace soarm
