#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/system/programs.h"

namespace soarm::test {
namespace {

std::string FileOf(const Process& process, int descriptor) {
  std::error_code error;
  return std::filesystem::read_symlink(
             "/proc/" + std::to_string(process.pid()) + "/fd/" + std::to_string(descriptor), error)
      .string();
}

TEST(StandardFilesTest, WhatIsClosedAtTheStartBecomesNoBus) {
  const TemporaryFolder folder;
  const std::string socket = folder.File("soarmd.sock");
  const std::string link = folder.File("bus");
  Process simulator("soarm-sim", {"--link", link}, true);
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(link + ".ctl"); }));
  Process daemon(
      "soarmd", {"--port", link, "--listen", "unix:" + socket, "--state-dir", folder.File("state")},
      true);
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(socket + ".stop"); }));
  for (const Process* process : {&simulator, &daemon}) {
    // gRPC takes a closed stdin for a trial of its own before main() begins, and keeps it.
    for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
      EXPECT_EQ(FileOf(*process, descriptor), "/dev/null") << descriptor;
    }
  }
  daemon.Signal(SIGTERM);
  EXPECT_EQ(daemon.WaitForExitUnread(), 0);
}

}  // namespace
}  // namespace soarm::test
