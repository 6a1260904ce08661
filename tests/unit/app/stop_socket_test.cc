#include "server/app/stop_socket.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sys/un.h>

#include "clients/cpp/stop_socket.h"
#include "common/base/problem.h"

namespace soarm {
namespace {

class StopSocketFileTest : public testing::Test {
 protected:
  StopSocketFileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    auto opened = StopSocket::Open(Path(), Count());
    EXPECT_TRUE(opened.ok()) << opened.status();
    if (opened.ok()) socket_ = *std::move(opened);
  }
  ~StopSocketFileTest() override {
    socket_ = nullptr;
    std::filesystem::remove_all(folder_);
  }

  std::string Path() const { return (folder_ / "sock.stop").string(); }
  StopSocket::Assert Count() {
    return [this](const StopMessage&) {
      ++stops_;
      return StopSocket::Asserted{"1", [] { return StopReport{}; }};
    };
  }
  absl::Status Stop() const {
    return client::StopThroughSocket(Path(), "hold", "", std::chrono::seconds(5)).status();
  }

  std::filesystem::path folder_;
  std::atomic<int> stops_{0};
  std::unique_ptr<StopSocket> socket_;
};

TEST_F(StopSocketFileTest, OneThatSomebodyRemovedIsMadeAnew) {
  EXPECT_TRUE(Stop().ok());
  EXPECT_EQ(*socket_->Renew(), false);
  for (const char* also : {"", ".lock"}) {
    std::filesystem::remove(Path());
    std::filesystem::remove(Path() + also);
    EXPECT_FALSE(Stop().ok());
    EXPECT_EQ(*socket_->Renew(), true);
    EXPECT_EQ(std::filesystem::status(Path()).permissions(), std::filesystem::perms(0660));
    EXPECT_TRUE(Stop().ok());
  }
  std::filesystem::remove_all(folder_);
  EXPECT_EQ(*socket_->Renew(), true) << "with its folder";
  EXPECT_TRUE(Stop().ok());
  EXPECT_EQ(stops_, 4);
}

TEST_F(StopSocketFileTest, WhatWasSentBeforeItsFileWentStillCounts) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  Path().copy(to.sun_path, sizeof to.sun_path - 1);
  for (int i = 0; i < 100; ++i) {
    const int before = stops_;
    const Socket late(AF_UNIX, SOCK_DGRAM);
    ASSERT_EQ(::connect(late.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    ASSERT_EQ(::send(late.fd(), "hold", 4, 0), 4);
    std::filesystem::remove(Path());
    ASSERT_TRUE(socket_->Renew().ok());
    ASSERT_TRUE(Stop().ok());  // answered: the thread is at the new one
    ASSERT_EQ(stops_, before + 2);
  }
}

TEST_F(StopSocketFileTest, WhatIsAnothersByNowIsLeftAlone) {
  std::filesystem::remove(Path());
  std::filesystem::remove(Path() + ".lock");
  auto other = StopSocket::Open(Path(), Count());
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(ProblemOf(socket_->Renew().status()).reason, "SOCKET_IN_USE");
  socket_ = nullptr;
  EXPECT_TRUE(Stop().ok()) << "the other's file is not removed";
  *other = nullptr;
  EXPECT_FALSE(std::filesystem::exists(Path()));
}

}  // namespace
}  // namespace soarm
