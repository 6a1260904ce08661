#include "server/serial/port_holder.h"

#include <filesystem>
#include <optional>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "common/base/clean_text.h"
#include "tests/unit/serial/pty.h"
#include "tests/unit/serial/pty_guest.h"

namespace soarm {
namespace {

TEST(PortHolderTest, NamesTheProcessAndItsProgram) {
  const Pty pty;
  EXPECT_FALSE(FindPortHolder(pty.path()));
  const PtyGuest guest(pty.path());
  const auto holder = FindPortHolder(pty.path());
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->pid, guest.pid());
  EXPECT_EQ(holder->program, "guest");
}

TEST(PortHolderTest, FindsOneThatHasOpenedThePortByAnotherName) {
  const Pty pty;
  const std::string link = testing::TempDir() + "port_by_id." + std::to_string(getpid());
  std::filesystem::create_symlink(pty.path(), link);
  {
    const PtyGuest guest(pty.path());
    const auto holder = FindPortHolder(link);
    EXPECT_TRUE(holder && holder->pid == guest.pid());
  }
  const PtyGuest guest(link);
  const auto holder = FindPortHolder(pty.path());
  EXPECT_TRUE(holder && holder->pid == guest.pid());
  std::filesystem::remove(link);
}

TEST(PortHolderTest, TheFarSideOfAPseudoTerminalIsNotAUserOfIt) {
  const Pty pty;
  const Pty another;
  const PtyGuest simulator(pty.path(), pty.descriptor());
  EXPECT_FALSE(FindPortHolder(pty.path()));
  const PtyGuest guest(pty.path(), another.descriptor());  // the far side of something else
  const auto holder = FindPortHolder(pty.path());
  EXPECT_TRUE(holder && holder->pid == guest.pid());
}

TEST(PortHolderTest, ThisProcessIsFoundByItsOwnQuestionOnly) {
  Pty pty;
  const PtyGuest simulator(pty.path(), pty.descriptor());
  pty.HangUp();  // this process is not the device
  EXPECT_FALSE(FindOwnHold(pty.path()));
  const int descriptor = open(pty.path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  EXPECT_FALSE(FindPortHolder(pty.path()));
  EXPECT_FALSE(FindPortHolder(pty.path(), getpid()));
  const auto holder = FindOwnHold(pty.path());
  EXPECT_TRUE(holder && holder->pid == getpid());
  close(descriptor);
}

TEST(PortHolderTest, WhoHadItLastIsNamedAheadOfOthersAndOnlyWhileItHasIt) {
  const Pty pty;
  const PtyGuest one(pty.path());
  std::optional<PtyGuest> other(std::in_place, pty.path());
  for (const pid_t pid : {one.pid(), other->pid()}) {
    const auto holder = FindPortHolder(pty.path(), pid);
    EXPECT_TRUE(holder && holder->pid == pid);
  }
  const pid_t gone = other->pid();
  other.reset();
  const auto holder = FindPortHolder(pty.path(), gone);
  EXPECT_TRUE(holder && holder->pid == one.pid());
}

TEST(PortHolderTest, WhatAProgramCallsItselfCanBeShownAnywhere) {
  const Pty pty;
  const PtyGuest guest(pty.path(), -1, "evil\x1b[2J\xff\n" + std::string(400, 'x'));
  const auto holder = FindPortHolder(pty.path());
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->program.find("evil?[2J? xxx"), 0U) << holder->program;
  EXPECT_EQ(holder->program, CleanText(holder->program, 80));
}

TEST(PortHolderTest, AProgramWithoutACommandLineIsCalledByItsName) {
  const Pty pty;
  const PtyGuest guest(pty.path(), -1, "");
  const auto holder = FindPortHolder(pty.path());
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->program, "cat");
}

TEST(PortHolderTest, SaysHowToFindWhoCannotBeSeen) {
  const Problem unseen = PortInUse("/dev/ttyACM0", std::nullopt);
  EXPECT_EQ(unseen.reason, "PORT_IN_USE");
  EXPECT_NE(unseen.fix.find("sudo fuser -v /dev/ttyACM0"), std::string::npos);
  EXPECT_TRUE(unseen.facts.empty());
}

TEST(PortHolderTest, NobodyHoldsWhatIsNoDevice) {
  EXPECT_FALSE(FindPortHolder("/nowhere/tty"));
  EXPECT_FALSE(FindPortHolder("/proc/self/status"));
}

}  // namespace
}  // namespace soarm
