#include "common/base/socket_claim.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/problem.h"

namespace soarm {
namespace {

class SocketClaimTest : public testing::Test {
 protected:
  SocketClaimTest() {
    std::string path = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
    path_ = (folder_ / "a" / "s").string();
  }
  ~SocketClaimTest() override { std::filesystem::remove_all(folder_); }

  sockaddr_un Address() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
  }
  // A socket with its file; it listens if it is told to.
  int Bound(int type, bool listens) const {
    const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    const sockaddr_un address = Address();
    EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    if (listens) {
      EXPECT_EQ(::listen(fd, 1), 0);
    }
    return fd;
  }
  std::string Refusal(int type = SOCK_STREAM) const {
    const auto claim = SocketClaim::Take(path_, type);
    return claim.ok() ? "" : ProblemOf(claim.status()).reason;
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(SocketClaimTest, IsOneProgramsUntilItEnds) {
  {
    auto first = SocketClaim::Take(path_, SOCK_STREAM);
    ASSERT_TRUE(first.ok()) << first.status();
    EXPECT_EQ(Refusal(), "SOCKET_IN_USE") << "before anybody listens";
    const SocketClaim moved = *std::move(first);
    EXPECT_EQ(Refusal(), "SOCKET_IN_USE");
  }
  EXPECT_EQ(Refusal(), "");
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "a")) << "nothing is left behind";
}

TEST_F(SocketClaimTest, TakesWhatADeadProgramLeft) {
  std::filesystem::create_directory(folder_ / "a");
  std::ofstream(path_ + ".lock") << "";
  ::close(Bound(SOCK_STREAM, true));
  EXPECT_EQ(Refusal(), "");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SocketClaimTest, LeavesAloneWhatIsServedWithoutAClaim) {
  std::filesystem::create_directory(folder_ / "a");
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const int served = Bound(type, type == SOCK_STREAM);
    EXPECT_EQ(Refusal(SOCK_STREAM), "SOCKET_IN_USE") << type;
    EXPECT_EQ(Refusal(SOCK_DGRAM), "SOCKET_IN_USE") << type;
    EXPECT_TRUE(std::filesystem::exists(path_));
    ::close(served);
    ::unlink(path_.c_str());
  }
}

TEST_F(SocketClaimTest, LeavesAFileAlone) {
  std::filesystem::create_directory(folder_ / "a");
  std::ofstream(path_) << "mine";
  EXPECT_EQ(Refusal(), "NOT_A_SOCKET");
}

TEST_F(SocketClaimTest, FollowsNoLinkInThePlaceOfItsLock) {
  std::filesystem::create_directory(folder_ / "a");
  std::filesystem::create_symlink(folder_ / "elsewhere", path_ + ".lock");
  EXPECT_EQ(Refusal(), "LISTEN_FAILED");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "elsewhere"));
}

// Each that gets the claim finds its own socket still there after it has listened.
TEST_F(SocketClaimTest, OfManyAtOnceNobodyLosesASocketThatListens) {
  std::atomic<int> taken{0};
  std::atomic<int> lost{0};
  const auto run = [&] {
    for (int i = 0; i < 200; ++i) {
      const auto claim = SocketClaim::Take(path_, SOCK_STREAM);
      if (!claim.ok()) continue;
      ++taken;
      const int served = Bound(SOCK_STREAM, true);
      const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_un address = Address();
      if (::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ++lost;
      }
      ::close(client);
      ::close(served);  // its file stays, as after a crash
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(run);
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(taken, 0);
  EXPECT_EQ(lost, 0);
}

}  // namespace
}  // namespace soarm
