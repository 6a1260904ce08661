#include "server/app/sim_folder.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace soarm {
namespace {

namespace fs = std::filesystem;

class SimFolderTest : public testing::Test {
 protected:
  SimFolderTest() {
    std::string name = (fs::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    base_ = name;
    ::setenv("TMPDIR", base_.c_str(), 1);
  }
  ~SimFolderTest() override {
    ::unsetenv("TMPDIR");
    fs::remove_all(base_);
  }

  // A folder as process `pid` would have left it, with a link to `target`.
  fs::path Leave(pid_t pid, const fs::path& target) {
    const fs::path folder = base_ / ("soarmd-sim-" + std::to_string(pid) + "-abcdef");
    fs::create_directory(folder);
    fs::create_symlink(target, folder / "arm");
    return folder;
  }
  static pid_t DeadProcess() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return child;
  }

  fs::path base_;
};

TEST_F(SimFolderTest, WhatAKilledDaemonLeftIsRemoved) {
  const fs::path left = Leave(DeadProcess(), "/dev/pts/no_such_terminal");
  EXPECT_TRUE(fs::is_directory(MakeSimFolder()));
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(SimFolderTest, WhatIsInUseOrNotOursStays) {
  const fs::path alive = Leave(::getpid(), "/dev/pts/no_such_terminal");
  const fs::path answers = Leave(DeadProcess(), "/dev/null");
  const fs::path other = base_ / "soarmd-sim-notes";
  fs::create_directory(other);
  MakeSimFolder();
  EXPECT_TRUE(fs::exists(alive));
  EXPECT_TRUE(fs::exists(answers));
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(SimFolderTest, AFolderThatCannotBeMadeIsNone) {
  ::setenv("TMPDIR", "/proc/no_such_folder", 1);
  EXPECT_EQ(MakeSimFolder(), "");
}

}  // namespace
}  // namespace soarm
