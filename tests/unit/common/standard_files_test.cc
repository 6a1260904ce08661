#include "common/base/standard_files.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace soarm {
namespace {

bool IsNull(int descriptor) {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor), error) ==
         "/dev/null";
}

// In processes of their own, whose descriptors are theirs to close.
TEST(StandardFilesTest, OpensWhatIsClosedAndLeavesTheRest) {
  for (int closed = 1; closed < 8; ++closed) {
    EXPECT_EXIT(
        {
          int wrong = 0;
          int pipe[2];
          if (::pipe(pipe) != 0) ::_exit(100);
          for (int i = 0; i < 3; ++i) ::dup2(pipe[1], i);
          for (int i = 0; i < 3; ++i) {
            if ((closed >> i & 1) != 0) ::close(i);
          }
          OpenStandardFiles();
          for (int i = 0; i < 3; ++i) {
            if (IsNull(i) != ((closed >> i & 1) != 0)) ++wrong;
          }
          ::_exit(wrong);
        },
        testing::ExitedWithCode(0), "")
        << closed;
  }
}

}  // namespace
}  // namespace soarm
