// The whole way: a client opens the terminal as it would a USB adapter and talks to the robot in
// real time.

#include "server/sim/pseudo_terminal.h"

#include <chrono>
#include <cstdlib>

#include <asm/termbits.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/sim/bus_simulation.h"
#include "tests/fakes/sim_bus.h"

namespace soarm::sim {
namespace {

constexpr int kPatience_ms = 5000;

class SerialClient {
 public:
  explicit SerialClient(const std::string& path, unsigned baud = 1000000)
      : descriptor_(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
    if (descriptor_ >= 0) SetSpeed(baud);
  }
  ~SerialClient() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  void SetSpeed(unsigned baud) {
    termios2 settings{};
    ::ioctl(descriptor_, TCGETS2, &settings);
    settings.c_iflag = settings.c_oflag = settings.c_lflag = 0;
    settings.c_cflag = CS8 | CREAD | CLOCAL | BOTHER;
    settings.c_ispeed = settings.c_ospeed = baud;
    ::ioctl(descriptor_, TCSETS2, &settings);
  }
  bool is_open() const { return descriptor_ >= 0; }

  // Sends and reads until `count` bytes are there; fewer when patience ends or the line hangs up.
  Bytes Ask(const Bytes& request, std::size_t count) {
    EXPECT_EQ(::write(descriptor_, request.data(), request.size()),
              static_cast<ssize_t>(request.size()));
    Bytes answer;
    while (answer.size() < count) {
      pollfd watched{descriptor_, POLLIN, 0};
      if (::poll(&watched, 1, kPatience_ms) <= 0) break;
      std::uint8_t buffer[512];
      const ssize_t got = ::read(descriptor_, buffer, sizeof(buffer));
      if (got <= 0) break;
      answer.insert(answer.end(), buffer, buffer + got);
    }
    return answer;
  }
  // Waits for the hang-up.
  bool HangsUp() {
    pollfd watched{descriptor_, POLLIN, 0};
    return ::poll(&watched, 1, kPatience_ms) == 1 && (watched.revents & POLLHUP) != 0;
  }

 private:
  int descriptor_;
};

std::unique_ptr<BusSimulation> Start(SimulationOptions options = {}) {
  options.bus.noise = 0;
  auto simulation = BusSimulation::Open(options);
  EXPECT_TRUE(simulation.ok()) << simulation.status();
  return *std::move(simulation);
}

class LinkFolder {
 public:
  LinkFolder() {
    char pattern[] = "/tmp/soarm_sim_XXXXXX";
    path_ = ::mkdtemp(pattern);
  }
  ~LinkFolder() { ::rmdir(path_.c_str()); }
  std::string link() const { return path_ + "/tty"; }

 private:
  std::string path_;
};

bool Exists(const std::string& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0;
}

TEST(BusSimulationTest, AnswersAClientThroughThePseudoTerminal) {
  const auto simulation = Start();
  SerialClient client(simulation->path());
  ASSERT_TRUE(client.is_open());
  EXPECT_EQ(ToHex(client.Ask(FromHex("FF FF 01 02 01 FB"), 6)), "FF FF 01 02 00 FC");
  // Positions of all six, in list order.
  const Bytes answer = client.Ask(FromHex("FF FF FE 0A 82 38 02 01 02 03 04 05 06 26"), 6 * 8);
  ASSERT_EQ(answer.size(), 48u);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(answer[8 * i + 2], i + 1);
}

std::size_t BytesOnTheBus(BusSimulation& simulation) {
  return simulation.Do([](SimControls& bus) { return bus.ReadByteLog(MonoTime{}).bytes.size(); });
}

TEST(BusSimulationTest, IsSilentAtAnotherBaudRate) {
  const auto simulation = Start();
  SerialClient client(simulation->path(), 115200);
  const Bytes ping = FromHex("FF FF 01 02 01 FB");
  client.Ask(ping, 0);
  while (BytesOnTheBus(*simulation) < 6) std::this_thread::yield();
  client.SetSpeed(1000000);
  EXPECT_EQ(client.Ask(ping, 6).size(), 6u);
  EXPECT_EQ(BytesOnTheBus(*simulation), 6u + 6 + 6) << "one answer to two pings";
}

TEST(BusSimulationTest, UnplugHangsUpAndReplugBringsAnotherTerminalUnderTheSameName) {
  const LinkFolder folder;
  SimulationOptions options;
  options.link = folder.link();
  const auto simulation = Start(options);
  {
    SerialClient client(options.link);
    ASSERT_TRUE(client.is_open());
    simulation->Unplug();
    EXPECT_TRUE(client.HangsUp());
  }
  EXPECT_FALSE(Exists(options.link));
  ASSERT_TRUE(simulation->Replug("").ok());
  SerialClient client(options.link);
  EXPECT_EQ(client.Ask(FromHex("FF FF 01 02 01 FB"), 6).size(), 6u);
  EXPECT_FALSE(simulation->Replug("").ok()) << "plugged already";
}

// Whoever finds a link dangling may be about to replace it, when another one already has.
TEST(PseudoTerminalTest, ALinkBelongsToOneUntilItsEndWhateverItLeadsTo) {
  const LinkFolder folder;
  {
    const auto first = PseudoTerminal::Open(folder.link());
    ASSERT_TRUE(first.ok()) << first.status();
    ::unlink(folder.link().c_str());
    ASSERT_EQ(::symlink("/tmp/soarm_sim_nowhere", folder.link().c_str()), 0);
    EXPECT_EQ(PseudoTerminal::Open(folder.link()).status().code(),
              absl::StatusCode::kAlreadyExists);
  }
  EXPECT_TRUE(PseudoTerminal::Open(folder.link()).ok()) << "dangling, and nobody's";
}

// Leaves what a simulator leaves that is killed: a lock that nobody holds, and a link to a terminal
// whose number the next one to ask for one gets.
TEST(PseudoTerminalTest, TheLinkOfOneThatWasKilledIsReplacedWhoeverHasItsTerminalNow) {
  const LinkFolder folder;
  const std::string lock = folder.link() + ".lock";
  const auto other = PseudoTerminal::Open("");
  ASSERT_TRUE(other.ok());
  for (const std::string& target : {other->slave_path(), std::string("/dev/pts/999999")}) {
    ASSERT_EQ(::symlink(target.c_str(), folder.link().c_str()), 0);
    ::close(::open(lock.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    const auto next = PseudoTerminal::Open(folder.link());
    EXPECT_TRUE(next.ok()) << next.status();
  }
  // The next terminal's own number, and no lock that was left.
  std::string number;
  {
    const auto next = PseudoTerminal::Open("");
    ASSERT_TRUE(next.ok());
    number = next->slave_path();
  }
  ASSERT_EQ(::symlink(number.c_str(), folder.link().c_str()), 0);
  EXPECT_TRUE(PseudoTerminal::Open(folder.link()).ok());
}

TEST(PseudoTerminalTest, TheLinkOfAnotherProgramIsLeftAlone) {
  const LinkFolder folder;
  const auto other = PseudoTerminal::Open("");
  ASSERT_TRUE(other.ok());
  for (const char* target : {other->slave_path().c_str(), "/dev/null"}) {
    ASSERT_EQ(::symlink(target, folder.link().c_str()), 0);
    EXPECT_EQ(PseudoTerminal::Open(folder.link()).status().code(),
              absl::StatusCode::kAlreadyExists);
    ::unlink(folder.link().c_str());
  }
}

TEST(BusSimulationTest, RemovesItsLinkAtTheEndAndRefusesALiveOne) {
  const LinkFolder folder;
  SimulationOptions options;
  options.link = folder.link();
  {
    const auto first = Start(options);
    EXPECT_EQ(BusSimulation::Open(options).status().code(), absl::StatusCode::kAlreadyExists);
  }
  EXPECT_FALSE(Exists(options.link));
  ASSERT_EQ(::symlink("/tmp/soarm_sim_nowhere", options.link.c_str()), 0);
  const auto second = Start(options);
  EXPECT_EQ(::access(options.link.c_str(), R_OK), 0) << "a dangling link is replaced";
}

TEST(BusSimulationTest, FreeRunMovesOnlyByStepsAndTraffic) {
  SimulationOptions options;
  options.free_run = true;
  const auto simulation = Start(options);
  const MonoTime start = simulation->now();
  ASSERT_TRUE(simulation->Step(1000).ok());
  EXPECT_EQ(simulation->now() - start, std::chrono::seconds(1));
  SerialClient client(simulation->path());
  EXPECT_EQ(client.Ask(FromHex("FF FF 01 02 01 FB"), 6).size(), 6u);
  EXPECT_EQ(simulation->now() - start, std::chrono::seconds(1) + std::chrono::microseconds(130));
  EXPECT_FALSE(Start()->Step(1).ok()) << "real time needs no steps";
}

// As soarmd takes a port, and as a process leaves it that is killed.
class ExclusiveClient {
 public:
  explicit ExclusiveClient(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(::flock(descriptor_, LOCK_EX | LOCK_NB), 0);
    EXPECT_EQ(::ioctl(descriptor_, TIOCEXCL), 0);
  }
  ~ExclusiveClient() { ::close(descriptor_); }
  ExclusiveClient(const ExclusiveClient&) = delete;
  ExclusiveClient& operator=(const ExclusiveClient&) = delete;

  bool is_alone() const {
    int exclusive = 0;
    return ::ioctl(descriptor_, TIOCGEXCL, &exclusive) == 0 && exclusive != 0;
  }

 private:
  int descriptor_;
};

TEST(PseudoTerminalTest, TheHoldOfAClientThatIsGoneIsForgottenAndThatOfALiveOneIsNot) {
  auto terminal = PseudoTerminal::Open("");
  ASSERT_TRUE(terminal.ok());
  // Opened before: one that comes later is turned away, unless it is root.
  const int other = ::open(terminal->slave_path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  const auto is_held = [other] {
    int exclusive = 0;
    return ::ioctl(other, TIOCGEXCL, &exclusive) == 0 && exclusive != 0;
  };
  {
    const ExclusiveClient client(terminal->slave_path());
    terminal->ForgetDeadHold();
    EXPECT_TRUE(client.is_alone());
  }
  EXPECT_TRUE(is_held());
  terminal->ForgetDeadHold();
  EXPECT_FALSE(is_held());
  ::close(other);
  const ExclusiveClient next(terminal->slave_path());  // nothing is left locked either
}

TEST(BusSimulationTest, ATerminalWhoseClientWasKilledCanBeOpenedAgain) {
  const auto simulation = Start();
  const int other = ::open(simulation->path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  {
    const ExclusiveClient killed(simulation->path());
  }
  int exclusive = 1;
  const auto patience = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatience_ms);
  while (exclusive != 0 && std::chrono::steady_clock::now() < patience) {
    std::this_thread::yield();
    ::ioctl(other, TIOCGEXCL, &exclusive);
  }
  EXPECT_EQ(exclusive, 0);
  ::close(other);
}

TEST(BusSimulationTest, UnknownRobotsAreRefused) {
  SimulationOptions options;
  options.robot = "so102";
  EXPECT_EQ(BusSimulation::Open(options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(BusSimulationTest, ControlsMayBeUsedWhileAClientTalks) {
  const auto simulation = Start();
  std::thread operators([&] {
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(simulation->Do([](SimControls& bus) { return bus.SetLoad(2, 0.1); }).ok());
      simulation->Do([](SimControls& bus) { return bus.Truth(); });
    }
  });
  SerialClient client(simulation->path());
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.Ask(FromHex("FF FF 01 02 01 FB"), 6).size(), 6u);
  }
  operators.join();
}

}  // namespace
}  // namespace soarm::sim
