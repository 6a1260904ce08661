#include <array>
#include <chrono>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/problem.h"
#include "soarm/v1/safety.pb.h"
#include "soarm/v1/state.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

// A connection that says nothing.
class SilentClient {
 public:
  SilentClient() : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  explicit SilentClient(const std::string& path) : SilentClient() { Connect(path); }
  ~SilentClient() { ::close(socket_); }
  SilentClient(const SilentClient&) = delete;
  SilentClient& operator=(const SilentClient&) = delete;

  // "127.0.0.1:50251"
  static std::unique_ptr<SilentClient> ByTcp(const std::string& address) {
    std::unique_ptr<SilentClient> client(
        new SilentClient(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string port = address.substr(address.rfind(':') + 1);
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
    EXPECT_EQ(::connect(client->socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    return client;
  }

  int fd() const { return socket_; }
  void Connect(const std::string& path) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  void Send(const std::string& bytes) const {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  // The server speaks first; false when it has closed the connection instead.
  bool IsServed() const {
    constexpr int kPatience_ms = 20'000;
    pollfd watched{socket_, POLLIN, 0};
    char byte = 0;
    return ::poll(&watched, 1, kPatience_ms) > 0 && ::recv(socket_, &byte, 1, MSG_PEEK) == 1;
  }
  // What the server says until it closes the connection.
  std::string HearAll() const {
    std::string heard;
    std::array<char, 512> bytes{};
    ssize_t size = 0;
    while ((size = ::recv(socket_, bytes.data(), bytes.size(), 0)) > 0) {
      heard.append(bytes.data(), static_cast<std::size_t>(size));
    }
    return heard;
  }

 private:
  explicit SilentClient(int fd) : socket_(fd) {}

  const int socket_;
};

// Until the patience ends; for what other threads do.
bool Eventually(const std::function<bool()>& good) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!good()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// HTTP/2 as a client says it that makes one call and takes it back in the same breath.
std::string CallTakenBack(const std::string& method, const std::string& message) {
  const auto frame = [](char type, char flags, const std::string& payload) {
    std::string bytes = {0, 0, static_cast<char>(payload.size()), type, flags, 0, 0, 0, 1};
    return bytes + payload;
  };
  std::string headers;
  const std::pair<std::string, std::string> fields[] = {
      {":method", "POST"},   {":scheme", "http"}, {":path", method},
      {":authority", "arm"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
  for (const auto& [name, value] : fields) {  // HPACK: literals without indexing
    headers += {0, static_cast<char>(name.size())};
    headers += name + static_cast<char>(value.size()) + value;
  }
  const std::string data = {0, 0, 0, 0, static_cast<char>(message.size())};
  const std::string cancel = {0, 0, 0, 8};
  return std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + std::string("\0\0\0\4\0\0\0\0\0", 9) +
         frame(1, 4, headers) + frame(0, 1, data + message) + frame(3, 0, cancel);
}

// The soft limit of file descriptors, while it lives.
class FewFiles {
 public:
  explicit FewFiles(int most) : most_(most) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(most);
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  ~FewFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewFiles(const FewFiles&) = delete;
  FewFiles& operator=(const FewFiles&) = delete;

  int Free() const {
    int free = 0;
    for (int fd = 0; fd < most_; ++fd) free += ::fcntl(fd, F_GETFD) < 0 ? 1 : 0;
    return free;
  }

 private:
  const int most_;
  rlimit before_{};
};

class RpcServerTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<ServedDoor>> StartOn(const std::vector<std::string>& listen,
                                                      ConnectionLimits limits = {}) {
    ServingOptions options;
    options.limits = limits;
    options.listen = listen;
    return Serve(ports_.With(*poses_), options);
  }
  std::string RefusalOf(const std::vector<std::string>& listen) {
    const auto server = StartOn(listen);
    EXPECT_FALSE(server.ok());
    if (server.ok()) return "";
    const Problem problem = ProblemOf(server.status());
    EXPECT_NE(problem.fix, "");
    return problem.reason;
  }
  static grpc::Status Call(const std::string& address) {
    const auto stub =
        v1::StateService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    v1::StateFrame frame;
    return stub->GetState(Patiently().get(), {}, &frame);
  }

  PortsButPoses ports_;
  std::unique_ptr<PoseBook> poses_ = std::make_unique<PoseBook>("", std::vector<NamedPose>{});
  ScratchFolder folder_;
};

TEST_F(RpcServerTest, ServesOnEveryAddressAndReportsTheRealPorts) {
  const auto server =
      StartOn({"unix:" + folder_.Path("a/b/soarmd.sock"), "127.0.0.1:0", "127.0.0.1:0"});
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  const std::vector<std::string> addresses = (*server)->addresses();
  ASSERT_EQ(addresses.size(), 3);
  EXPECT_EQ(addresses[0], "unix:" + folder_.Path("a/b/soarmd.sock"));
  EXPECT_NE(addresses[1], "127.0.0.1:0");
  EXPECT_NE(addresses[1], addresses[2]);
  for (const std::string& address : addresses) EXPECT_TRUE(Call(address).ok()) << address;
}

TEST_F(RpcServerTest, AStopWhoseCallerGoesAwayAtOnceStopsAndSaysWhatItWas) {
  const std::string path = folder_.Path("soarmd.sock");
  const auto server = StartOn({"unix:" + path});
  ASSERT_TRUE(server.ok());
  v1::StopRequest request;
  request.set_level(v1::StopRequest::RELEASE);
  request.add_groups("arm");
  request.set_reason("smoke");
  const SilentClient client(path);
  client.Send(CallTakenBack("/soarm.v1.SafetyService/Stop", request.SerializeAsString()));
  ASSERT_TRUE(ports_.robot.WaitForCall("Stop"));
  const std::vector<StopAssertion> stops = ports_.robot.Stops();
  ASSERT_EQ(stops.size(), 1);
  // By chance gRPC still has the request or has thrown it away.
  if (stops[0].level == StopLevel::kRelease) {
    EXPECT_EQ(stops[0].reason, "smoke");
  } else {
    EXPECT_TRUE(stops[0].groups.empty()) << "all";
    EXPECT_NE(stops[0].reason.find("caller went away"), std::string::npos) << stops[0].reason;
  }
}

TEST_F(RpcServerTest, LetsOwnerAndGroupUseTheSocketAndNobodyElse) {
  const std::string path = folder_.Path("soarmd.sock");
  const auto server = StartOn({"unix:" + path});
  ASSERT_TRUE(server.ok());
  struct stat info{};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0660);
}

TEST_F(RpcServerTest, ReplacesASocketThatNobodyServes) {
  const std::string path = folder_.Path("soarmd.sock");
  const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(dead);
  const auto server = StartOn({"unix:" + path});
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  EXPECT_TRUE(Call("unix:" + path).ok());
}

TEST_F(RpcServerTest, RefusesASocketThatIsServedAndLeavesItAlone) {
  const std::string address = "unix:" + folder_.Path("soarmd.sock");
  const auto first = StartOn({address});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(RefusalOf({address}), "SOCKET_IN_USE");
  EXPECT_TRUE(Call(address).ok());
}

TEST_F(RpcServerTest, RefusesToReplaceAFile) {
  std::ofstream(folder_.Path("notes")) << "mine";
  EXPECT_EQ(RefusalOf({"unix:" + folder_.Path("notes")}), "NOT_A_SOCKET");
}

TEST_F(RpcServerTest, RefusesAPortInUse) {
  const auto first = StartOn({"127.0.0.1:0"});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(RefusalOf({(*first)->addresses()[0]}), "LISTEN_FAILED");
}

TEST_F(RpcServerTest, RefusesWhatOthersCouldReach) {
  for (const char* wide :
       {"0.0.0.0:50251", "[::]:50251", "192.168.1.2:1", "robot.local:1", "*:1"}) {
    EXPECT_EQ(RefusalOf({wide}), "LISTEN_TOO_WIDE") << wide;
  }
}

TEST_F(RpcServerTest, RefusesWhatIsNoAddress) {
  const std::string long_path = "unix:/" + std::string(200, 'x');
  for (const std::string& bad :
       {std::string(), std::string("unix:"), std::string("127.0.0.1"), std::string("127.0.0.1:"),
        std::string("127.0.0.1:70000"), std::string("127.0.0.1:5x"), long_path}) {
    EXPECT_EQ(RefusalOf({bad}), "BAD_LISTEN_ADDRESS") << bad;
  }
}

TEST_F(RpcServerTest, RemovesItsSocketAtShutdown) {
  const std::string path = folder_.Path("soarmd.sock");
  auto server = StartOn({"unix:" + path});
  ASSERT_TRUE(server.ok());
  (*server)->Shutdown();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(RpcServerTest, GoesOnAcceptingAfterItRanOutOfFileDescriptors) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UBSan looks at objects through a pipe, for which there is no descriptor then";
#endif
  const std::string path = folder_.Path("soarmd.sock");
  // The last one is missing for a connection's first descriptor, or for its second.
  for (const int spare : {8, 9}) {
    const auto server = StartOn({"unix:" + path});
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    {
      // More than there will be descriptors for, each with its own before they become few.
      std::vector<std::unique_ptr<SilentClient>> clients;
      for (int i = 0; i < 40; ++i) clients.push_back(std::make_unique<SilentClient>());
      const FewFiles few(clients.back()->fd() + spare);
      for (const auto& client : clients) client->Connect(path);
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (few.Free() > 1 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
      }
      EXPECT_LE(few.Free(), 1);
    }
    EXPECT_TRUE(Call("unix:" + path).ok());
  }
}

TEST_F(RpcServerTest, OneProcessGetsItsShareOfConnectionsAndLeavesTheOthersTheirs) {
  const std::string path = folder_.Path("soarmd.sock");
  const auto server = StartOn({"unix:" + path, "127.0.0.1:0"}, {.most = 8});
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const SilentClient first(path);
  first.Send(preface);
  {
    const SilentClient second(path);
    second.Send(preface);
    EXPECT_TRUE(first.IsServed());
    EXPECT_TRUE(second.IsServed());
    const SilentClient third(path);
    third.Send(preface);
    EXPECT_NE(third.HearAll().find("serves 2 connections"), std::string::npos) << "is told why";
    EXPECT_TRUE(Call((*server)->addresses()[1]).ok()) << "by another way";
  }
  EXPECT_TRUE(Call("unix:" + path).ok()) << "the second has gone";
}

TEST_F(RpcServerTest, WhoSaysNothingByTcpMakesRoomForWhoDoes) {
  const auto server = StartOn({"127.0.0.1:0"}, {.most = 4});
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  const std::string address = (*server)->addresses()[0];
  const auto first = SilentClient::ByTcp(address);
  const auto second = SilentClient::ByTcp(address);
  for (const SilentClient* one : {first.get(), second.get()}) {
    one->Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    EXPECT_TRUE(one->IsServed());
  }
  // Who has just come is not silent yet: it is asked again until one of them is.
  EXPECT_TRUE(Eventually([&] { return Call(address).ok(); }));
  EXPECT_EQ((*server)->door->connections().idle, 1u);
}

TEST_F(RpcServerTest, AConnectionByTcpThatIsIdleForTooLongEnds) {
  ConnectionLimits limits;
  limits.idle = std::chrono::milliseconds(50);
  const auto server = StartOn({"127.0.0.1:0"}, limits);
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  const auto client = SilentClient::ByTcp((*server)->addresses()[0]);
  client->Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_TRUE(client->IsServed());
  EXPECT_TRUE(Eventually([&] {
    (*server)->door->CheckListeners();  // wakes who looks
    return (*server)->door->connections().idle == 1;
  }));
}

TEST_F(RpcServerTest, CountsWhomItTurnsAway) {
  const std::string path = folder_.Path("soarmd.sock");
  const auto server = StartOn({"unix:" + path}, {.most = 4});
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  const SilentClient first(path);
  first.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_TRUE(first.IsServed());
  const SilentClient second(path);
  second.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_NE(second.HearAll(), "");
  const SilentClient third(path);
  third.Send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(third.HearAll(), "");
  const FrontDoor& door = *(*server)->door;
  EXPECT_TRUE(Eventually([&] { return door.connections().silent == 1; }));
  EXPECT_EQ(door.connections().full, 1u);
  EXPECT_EQ(door.connections().served, 1u);
  EXPECT_EQ(door.connections().most, 4u);
}

TEST_F(RpcServerTest, AListenerWhoseSocketIsGoneIsOpenedAnew) {
  const std::string path = folder_.Path("soarmd.sock");
  const auto server = StartOn({"unix:" + path, "127.0.0.1:0"});
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  FrontDoor& door = *(*server)->door;
  for (int i = 0; i < 5; ++i) door.CheckListeners();
  EXPECT_EQ(door.connections().listeners_rebuilt, 0u);
  std::filesystem::remove(path);
  EXPECT_FALSE(Call("unix:" + path).ok());
  for (int i = 0; i < 3; ++i) door.CheckListeners();
  EXPECT_TRUE(Eventually([&] { return door.connections().listeners_rebuilt == 1; }));
  EXPECT_TRUE(Call("unix:" + path).ok());
}

TEST_F(RpcServerTest, AListenerWhosePlaceAnotherOneTookIsLeftToIt) {
  const std::string path = folder_.Path("soarmd.sock");
  const auto server = StartOn({"unix:" + path});
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  for (const char* end : {"", ".lock"}) std::filesystem::remove(path + end);
  PortsButPoses others;
  ServingOptions options;
  options.listen = {"unix:" + path};
  const auto other = Serve(others.With(*poses_), options);
  ASSERT_TRUE(other.ok()) << other.status().ToString();
  FrontDoor& door = *(*server)->door;
  for (int i = 0; i < 3; ++i) door.CheckListeners(std::chrono::milliseconds(100));
  EXPECT_EQ(door.connections().listeners_rebuilt, 0u) << "somebody answers there";
  (*server)->Shutdown();
  EXPECT_TRUE(Call("unix:" + path).ok()) << "the other one";
}

TEST(ConnectionLimitsTest, AreWhatTheFileDescriptorsSufficeFor) {
  EXPECT_EQ(ConnectionLimits::For(1 << 20).most, 256u);
  EXPECT_EQ(ConnectionLimits::For(512).most, 80u);
  EXPECT_EQ(ConnectionLimits::For(512).waiting, 40u);
  EXPECT_EQ(ConnectionLimits::For(64).most, 16u);
}

}  // namespace
}  // namespace soarm
