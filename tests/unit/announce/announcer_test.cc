#include "server/announce/announcer.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/announce/publication.h"

namespace soarm {
namespace {

ListenAddress Tls(const std::string& host) {
  return {.unix_path = "", .host = host, .port = 50252, .tls = true};
}

const Announcement kRobot{
    .robot = "robot", .address = Tls("0.0.0.0"), .version = "1", .fingerprint = "ab"};

// A system bus that takes connections and says nothing. Where it is is known from the first test
// on: the library reads the variable once.
class AnnouncerTest : public ::testing::Test {
 protected:
  AnnouncerTest() {
    static const std::string path =
        std::filesystem::temp_directory_path() / ("soarm-bus-" + std::to_string(::getpid()));
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + path).c_str(), 1);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    path_ = path;
  }
  ~AnnouncerTest() override {
    Close();
    ::unlink(path_.c_str());
  }
  int Accept() const { return ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); }
  void Close() {
    if (listener_ >= 0) ::close(listener_);
    listener_ = -1;
  }

 private:
  int listener_ = -1;
  std::string path_;
};

TEST_F(AnnouncerTest, WhoNeverAnnouncedHasNothingToWaitFor) {
  Announcer announcer;
  announcer.EndSoon();
  EXPECT_TRUE(announcer.WaitForEnd(Nanos(0)));
  announcer.Announce(kRobot);
  EXPECT_TRUE(announcer.WaitForEnd(Nanos(0))) << "nothing begins after the end";
}

TEST_F(AnnouncerTest, ADBusThatHangsIsLeftBehind) {
  Announcer announcer;
  announcer.Announce(kRobot);
  const int asking = Accept();
  ASSERT_GE(asking, 0);
  announcer.EndSoon();
  EXPECT_FALSE(announcer.WaitForEnd(std::chrono::milliseconds(1)));
  Close();
  ::close(asking);
  EXPECT_TRUE(announcer.WaitForEnd(std::chrono::seconds(20)));
}

TEST_F(AnnouncerTest, WithoutADBusItEndsAtOnce) {
  Close();
  Announcer announcer;
  announcer.Announce(kRobot);
  announcer.Announce(kRobot);
  announcer.EndSoon();
  EXPECT_TRUE(announcer.WaitForEnd(std::chrono::seconds(20)));
}

TEST(AnnouncementTest, IsForThoseWhoCanCome) {
  EXPECT_TRUE(IsForOthers(Tls("0.0.0.0")));
  EXPECT_TRUE(IsForOthers(Tls("192.168.1.20")));
  EXPECT_TRUE(IsForOthers(Tls("[::]")));
  EXPECT_TRUE(IsForOthers(Tls("[fd00::1]")));
  EXPECT_FALSE(IsForOthers(Tls("127.0.0.1")));
  EXPECT_FALSE(IsForOthers(Tls("127.8.0.1")));
  EXPECT_FALSE(IsForOthers(Tls("[::1]")));
  ListenAddress plain = Tls("0.0.0.0");
  plain.tls = false;
  EXPECT_FALSE(IsForOthers(plain));
}

TEST(AnnouncementTest, AServiceHasANameThatCanBeSeen) {
  EXPECT_EQ(ServiceName("bench-3"), "bench-3");
  EXPECT_EQ(ServiceName("bench.example.org"), "bench");
  EXPECT_EQ(ServiceName(""), "robot");
  EXPECT_EQ(ServiceName(".local"), "robot");
  EXPECT_LE(ServiceName(std::string(64, 'a')).size(), 63u);
}

}  // namespace
}  // namespace soarm
