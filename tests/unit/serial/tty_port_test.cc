#include "server/serial/tty_port.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/problem.h"
#include "tests/unit/serial/pty.h"
#include "tests/unit/serial/pty_guest.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Others = SerialPort::Others;

MonoTime In(Nanos span) { return MonotonicClock().Now() + span; }

TEST(TtyPortTest, PassesEveryByteValueBothWays) {
  Pty pty;
  TtyPort port(pty.path(), 1'000'000);
  ASSERT_TRUE(port.Open(Others::kRefused).ok());
  std::vector<std::uint8_t> all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(port.Write(all), SerialPort::WriteStatus::kOk);
  EXPECT_EQ(pty.Receive(all.size()), all);

  pty.Send(all);
  std::vector<std::uint8_t> got(300);
  port.SetReadThreshold(all.size());  // more than VMIN can say: read on until it is there
  std::size_t size = 0;
  while (size < all.size()) {
    const auto result = port.Read(std::span(got).subspan(size), In(seconds(10)));
    ASSERT_FALSE(result.lost);
    ASSERT_GT(result.size, 0U);
    size += result.size;
    port.SetReadThreshold(1);
  }
  got.resize(size);
  EXPECT_EQ(got, all);
}

TEST(TtyPortTest, WaitsForTheThresholdAndNotForTheFirstByte) {
  Pty pty;
  TtyPort port(pty.path(), 1'000'000);
  ASSERT_TRUE(port.Open(Others::kRefused).ok());
  port.SetReadThreshold(6);
  pty.Send({1, 2, 3});
  std::array<std::uint8_t, 16> into{};
  const MonoTime until = In(milliseconds(20));
  const auto part = port.Read(into, until);
  EXPECT_EQ(part.size, 3U);  // delivered at the deadline
  EXPECT_GE(MonotonicClock().Now(), until);
  pty.Send({1, 2, 3, 4, 5, 6});
  EXPECT_EQ(port.Read(into, In(seconds(10))).size, 6U);
}

TEST(TtyPortTest, APastDeadlineDoesNotWait) {
  Pty pty;
  TtyPort port(pty.path(), 1'000'000);
  ASSERT_TRUE(port.Open(Others::kRefused).ok());
  std::array<std::uint8_t, 16> into{};
  const auto result = port.Read(into, MonoTime{});
  EXPECT_EQ(result.size, 0U);
  EXPECT_FALSE(result.lost);
}

TEST(TtyPortTest, AHangUpIsLost) {
  Pty pty;
  TtyPort port(pty.path(), 1'000'000);
  ASSERT_TRUE(port.Open(Others::kRefused).ok());
  pty.HangUp();
  std::array<std::uint8_t, 16> into{};
  EXPECT_TRUE(port.Read(into, In(seconds(10))).lost);
  EXPECT_EQ(port.Write(into), SerialPort::WriteStatus::kLost);
}

TEST(TtyPortTest, ASecondOpenIsRefusedAndNamesTheHolder) {
  Pty pty;
  TtyPort first(pty.path(), 1'000'000);
  ASSERT_TRUE(first.Open(Others::kRefused).ok());
  TtyPort second(pty.path(), 1'000'000);
  const absl::Status status = second.Open(Others::kRefused);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  const Problem problem = ProblemOf(status);
  EXPECT_EQ(problem.reason, "PORT_IN_USE");
  EXPECT_NE(problem.message.find("process " + std::to_string(getpid())), std::string::npos)
      << problem.message;
  first.Close();
  EXPECT_TRUE(second.Open(Others::kRefused).ok());
}

TEST(TtyPortTest, APortThatAnotherProgramHasOpenIsLeftAloneAndOpensOnceItIsGone) {
  const Pty pty;
  TtyPort port(pty.path(), 1'000'000);
  std::optional<PtyGuest> guest(std::in_place, pty.path());
  for (int again = 0; again < 2; ++again) {
    const absl::Status status = port.Open(Others::kRefused);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    const Problem problem = ProblemOf(status);
    EXPECT_EQ(problem.reason, "PORT_IN_USE");
    EXPECT_EQ(problem.facts.at("pid"), std::to_string(guest->pid()));
    EXPECT_NE(problem.message.find(problem.facts.at("program")), std::string::npos);
    EXPECT_NE(problem.fix.find("Close"), std::string::npos);
    EXPECT_EQ(port.native_handle(), -1);
  }
  guest.reset();
  EXPECT_TRUE(port.Open(Others::kRefused).ok());
}

TEST(TtyPortTest, WhatAnotherProgramHasSetStaysAsItIsWhenThePortIsRefused) {
  const Pty pty;
  const PtyGuest guest(pty.path());
  const int descriptor = open(pty.path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios before{};
  tcgetattr(descriptor, &before);
  ioctl(descriptor, TIOCEXCL);  // only who may open it all the same, root, comes further
  TtyPort port(pty.path(), 1'000'000);
  EXPECT_EQ(ProblemOf(port.Open(Others::kRefused)).reason, "PORT_IN_USE");
  termios after{};
  tcgetattr(descriptor, &after);
  EXPECT_EQ(before.c_lflag, after.c_lflag);
  EXPECT_EQ(before.c_cflag, after.c_cflag);
  EXPECT_EQ(cfgetospeed(&before), cfgetospeed(&after));
  int exclusive = 0;
  ioctl(descriptor, TIOCGEXCL, &exclusive);
  EXPECT_NE(exclusive, 0);
  close(descriptor);
}

TEST(TtyPortTest, AnOpeningThatToleratesOthersIsNotTurnedAwayByOne) {
  const Pty pty;
  const PtyGuest guest(pty.path());
  TtyPort port(pty.path(), 1'000'000);
  EXPECT_TRUE(port.Open(Others::kTolerated).ok());
}

TEST(TtyPortTest, NamesWhatIsWrongWithThePath) {
  const absl::Status nowhere = TtyPort("/nowhere/tty", 1'000'000).Open(Others::kRefused);
  EXPECT_EQ(nowhere.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ProblemOf(nowhere).reason, "PORT_NOT_FOUND");
  const absl::Status folder = TtyPort("/tmp", 1'000'000).Open(Others::kRefused);
  EXPECT_EQ(folder.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ProblemOf(folder).reason, "PORT_UNUSABLE");
  EXPECT_EQ(ProblemOf(TtyPort("/dev/null", 1'000'000).Open(Others::kRefused)).reason,
            "NOT_A_SERIAL_PORT");
}

TEST(TtyPortTest, AClosedPortIsLostNotACrash) {
  TtyPort port("/nowhere/tty", 1'000'000);
  std::array<std::uint8_t, 4> into{};
  EXPECT_TRUE(port.Read(into, MonoTime{}).lost);
  EXPECT_EQ(port.Write(into), SerialPort::WriteStatus::kLost);
  port.SetReadThreshold(5);
  port.Discard();
  port.Close();
}

TEST(TtyPortTest, DiscardForgetsWhatWasReceived) {
  Pty pty;
  TtyPort port(pty.path(), 1'000'000);
  ASSERT_TRUE(port.Open(Others::kRefused).ok());
  pty.Send({1, 2, 3});
  pollfd arrival{port.native_handle(), POLLIN, 0};
  ASSERT_EQ(poll(&arrival, 1, 10'000), 1);
  std::array<std::uint8_t, 16> into{};
  port.Discard();
  pty.Send({9});
  const auto result = port.Read(into, In(seconds(10)));
  ASSERT_EQ(result.size, 1U);
  EXPECT_EQ(into[0], 9);
}

// An adapter's latency timer for a tty that has none, below a folder that stands for /sys.
class FakeSysfs {
 public:
  explicit FakeSysfs(const std::string& tty)
      : root_(testing::TempDir() + "sysfs." + std::to_string(getpid())) {
    struct stat info{};
    EXPECT_EQ(stat(tty.c_str(), &info), 0);
    const std::filesystem::path device = root_ + "/dev/char/" +
                                         std::to_string(major(info.st_rdev)) + ":" +
                                         std::to_string(minor(info.st_rdev)) + "/device";
    std::filesystem::create_directories(device);
    knob_ = device / "latency_timer";
  }
  ~FakeSysfs() { std::filesystem::remove_all(root_); }
  FakeSysfs(const FakeSysfs&) = delete;
  FakeSysfs& operator=(const FakeSysfs&) = delete;

  const std::string& root() const { return root_; }
  const std::filesystem::path& knob() const { return knob_; }

 private:
  const std::string root_;
  std::filesystem::path knob_;
};

TEST(TtyPortTest, AnAdapterThatHoldsAnswersBackIsToldNotToWithoutAWord) {
  const Pty pty;
  const FakeSysfs sysfs(pty.path());
  std::ofstream(sysfs.knob()) << 16;
  TtyPort port(pty.path(), 1'000'000, sysfs.root());
  ASSERT_TRUE(port.Open(Others::kRefused).ok());
  int latency_ms = 0;
  std::ifstream(sysfs.knob()) >> latency_ms;
  EXPECT_EQ(latency_ms, 1);
  EXPECT_FALSE(port.note());
}

TEST(TtyPortTest, AnAdapterThatGoesOnHoldingAnswersBackIsNotedWithWhatToDo) {
  const Pty pty;
  const FakeSysfs sysfs(pty.path());
  // Two digits that even root cannot write.
  const std::filesystem::path fixed = "/proc/sys/kernel/cap_last_cap";
  std::string value;
  std::ifstream(fixed) >> value;
  std::filesystem::create_symlink(fixed, sysfs.knob());
  TtyPort port(pty.path(), 1'000'000, sysfs.root());
  ASSERT_TRUE(port.Open(Others::kRefused).ok());
  ASSERT_TRUE(port.note());
  const Problem note = *port.note();
  EXPECT_EQ(note.reason, "LATENCY_TIMER");
  EXPECT_EQ(note.facts.at("latency_timer_ms"), value);
  EXPECT_NE(note.message.find(value + " ms"), std::string::npos) << note.message;
  EXPECT_NE(note.fix.find("`setserial " + pty.path() + " low_latency`"), std::string::npos);

  std::filesystem::remove(sysfs.knob());
  ASSERT_TRUE(port.Open(Others::kRefused).ok());
  EXPECT_FALSE(port.note()) << "another adapter";
}

TEST(TtyPortTest, APortWithoutALatencyTimerHasNothingToNote) {
  const Pty pty;
  TtyPort port(pty.path(), 1'000'000);
  ASSERT_TRUE(port.Open(Others::kRefused).ok());
  EXPECT_FALSE(port.note());
}

}  // namespace
}  // namespace soarm
