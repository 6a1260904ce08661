#include "server/front/pairing_desk.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients/cpp/pairing.h"
#include "common/base/problem.h"
#include "common/base/small_file.h"
#include "common/tls/certificate.h"
#include "common/tls/join_string.h"
#include "server/config/client_book.h"
#include "tests/fakes/fake_audit.h"

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
    door_->Serve([](int) {}, [](std::string_view) { return WhenLate::kDone; });
    PairingOptions options;
    options.folder = folder_ / "tls";
    options.robot = "robot";
    options.port = 0;
    options.audit = &audit_;
    options.clock = [this] { return now_s_.load(); };
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

  tls::JoinString Offered(ClientRole role) {
    const auto offer = desk_->Open(role, std::chrono::minutes(1));
    EXPECT_TRUE(offer.ok()) << offer.status();
    auto join = tls::ParseJoinString(offer->join_string);
    join->hosts = {"127.0.0.1"};
    return *std::move(join);
  }

  std::atomic<std::int64_t> now_s_{ReadRobotClock()};
  ClientBook clients_{""};  // in memory
  FakeAudit audit_;
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

TEST_F(PairingDeskTest, TheAuditSaysFromWhereAndWithWhatACertificateSomebodyPaired) {
  tls::JoinString join = Offered(ClientRole::kAdmin);
  tls::JoinString wrong = join;
  wrong.secret = "A" + std::string(21, 'B');
  EXPECT_FALSE(client::JoinRobot(wrong, "bench").ok());
  const auto robot = client::JoinRobot(join, "bench");
  ASSERT_TRUE(robot.ok()) << robot.status();
  desk_->Close();
  const std::vector<AuditEvent> events = audit_.events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].outcome, "WRONG_SECRET");
  EXPECT_EQ(events[0].facts.at("address"), "127.0.0.1");
  EXPECT_EQ(events[1].who, "client bench");
  EXPECT_EQ(events[1].outcome, "OK");
  EXPECT_TRUE(events[1].grave);
  std::string print;
  for (const PairedClient& one : clients_.List()) {
    if (one.name == "bench") print = one.fingerprint;
  }
  EXPECT_EQ(events[1].facts,
            (std::map<std::string, std::string>{
                {"address", "127.0.0.1"}, {"fingerprint", print.substr(0, 8)}, {"role", "admin"}}));
}

TEST_F(PairingDeskTest, OffersNothingThatTheJoinWouldRefuseAndTellsWhyAJoinFailed) {
  const absl::Status full =
      Refuse(absl::StatusCode::kUnavailable, "NOT_SAVED", "", "It is full.", "Make room.");
  absl::Status disk = full;
  ClientBook clients((folder_ / "clients.toml").string(), [&disk] { return disk; });
  PairingOptions options;
  options.folder = folder_ / "tls";
  options.port = 0;
  options.audit = &audit_;
  PairingDesk desk(std::move(options), *door_, clients);
  EXPECT_EQ(desk.Open(ClientRole::kViewer, std::chrono::minutes(1)).status(), full);
  EXPECT_FALSE(desk.State().open);

  disk = absl::OkStatus();
  const auto offer = desk.Open(ClientRole::kViewer, std::chrono::minutes(1));
  ASSERT_TRUE(offer.ok()) << offer.status();
  auto join = tls::ParseJoinString(offer->join_string);
  ASSERT_TRUE(join.ok());
  join->hosts = {"127.0.0.1"};
  disk = full;
  EXPECT_EQ(ProblemOf(client::JoinRobot(*join, "bench").status()).reason, "NOT_SAVED");
  EXPECT_EQ(desk.State().failure, full) << "at once";
  EXPECT_TRUE(desk.State().open) << "once there is room";
  EXPECT_EQ(audit_.events().back().outcome, "NOT_SAVED");
  EXPECT_EQ(desk.Open(ClientRole::kViewer, std::chrono::minutes(1)).status(), full);
  EXPECT_TRUE(desk.State().open) << "what was offered before still holds";
  disk = absl::OkStatus();
  EXPECT_TRUE(client::JoinRobot(*join, "bench").ok());
  EXPECT_TRUE(desk.State().failure.ok());
}

TEST_F(PairingDeskTest, OffersAndSignsNothingWhileTheRobotsClockCannotBeRight) {
  const std::int64_t today_s = now_s_;
  for (const std::int64_t wrong_s : {std::int64_t{300}, std::int64_t{1'700'000'000},
                                     std::int64_t{2'700'000'000}, std::int64_t{-1}}) {
    now_s_ = wrong_s;
    const auto offer = desk_->Open(ClientRole::kAdmin, std::chrono::minutes(1));
    EXPECT_EQ(ProblemOf(offer.status()).reason, "CLOCK_WRONG") << wrong_s;
    EXPECT_FALSE(desk_->State().open);
  }
  now_s_ = 300;
  EXPECT_NE(desk_->Open(ClientRole::kAdmin, std::chrono::minutes(1))
                .status()
                .message()
                .find("1970-01-01 00:05 UTC"),
            absl::string_view::npos);
  now_s_ = today_s;
  const tls::JoinString join = Offered(ClientRole::kAdmin);
  now_s_ = 300;  // set back since
  EXPECT_EQ(ProblemOf(client::JoinRobot(join, "bench").status()).reason, "CLOCK_WRONG");
  EXPECT_EQ(ProblemOf(desk_->State().failure).reason, "CLOCK_WRONG");
  EXPECT_EQ(clients_.List().size(), 1u);
  now_s_ = today_s;
  const auto joined = client::JoinRobot(join, "bench");
  EXPECT_TRUE(joined.ok()) << joined.status();
}

TEST_F(PairingDeskTest, AClockThatIsSetRenewsTheServersCertificateAtOnce) {
  now_s_ = 300;
  ASSERT_TRUE(desk_->Start().ok()) << "the clock may be set at any time";
  desk_->Renew();
  const std::string robot = door_->fingerprint();
  const auto server = [this] {
    return *tls::Certificate::FromPem(ReadSmallFile(Tls("server.crt")).text);
  };
  now_s_ = server().ExpiresAt_s() + 24 * 3600;
  desk_->Renew();
  EXPECT_GT(server().ExpiresAt_s(), now_s_);
  EXPECT_EQ(door_->fingerprint(), robot);
}

// Begins to shake hands, and says nothing more.
class SilentGuest {
 public:
  SilentGuest(const char* from, std::uint16_t port) {
    const auto at = [](const char* address, std::uint16_t there) {
      sockaddr_in place{};
      place.sin_family = AF_INET;
      place.sin_port = htons(there);
      ::inet_pton(AF_INET, address, &place.sin_addr);
      return place;
    };
    const sockaddr_in own = at(from, 0);
    const sockaddr_in robot = at("127.0.0.1", port);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&robot), sizeof robot), 0);
    EXPECT_EQ(::send(fd_, "\x16\x03", 2, MSG_NOSIGNAL), 2);  // the kernel waits for a beginning
  }
  ~SilentGuest() { ::close(fd_); }
  SilentGuest(const SilentGuest&) = delete;
  SilentGuest& operator=(const SilentGuest&) = delete;
  void WaitUntilItHadToLeave() const {
    char ignored = 0;
    EXPECT_LE(::recv(fd_, &ignored, 1, 0), 0);
  }
  bool MayStay() const {
    char ignored = 0;
    return ::recv(fd_, &ignored, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
  }

 private:
  const int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST_F(PairingDeskTest, OneAddressKeepsNoOtherFromPairing) {
  const tls::JoinString join = Offered(ClientRole::kOperator);
  const SilentGuest slow("127.0.0.1", join.port);
  std::vector<std::unique_ptr<SilentGuest>> crowd;
  for (int i = 0; i < 20; ++i) {
    crowd.push_back(std::make_unique<SilentGuest>("127.0.0.2", join.port));
  }
  for (int i = 0; i < 13; ++i) crowd[static_cast<std::size_t>(i)]->WaitUntilItHadToLeave();
  EXPECT_TRUE(slow.MayStay()) << "it is the oldest, and the only one of its address";
  EXPECT_TRUE(crowd.back()->MayStay());
  const auto joined = client::JoinRobot(join, "bench");
  EXPECT_TRUE(joined.ok()) << joined.status();
}

TEST_F(PairingDeskTest, DoesNothingBeforeTlsIsOpen) {
  desk_->Renew();
  EXPECT_FALSE(std::filesystem::exists(Tls("")));
  EXPECT_EQ(door_->fingerprint(), "");
}

}  // namespace
}  // namespace soarm
