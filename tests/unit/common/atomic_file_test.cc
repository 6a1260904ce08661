#include "common/base/atomic_file.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/problem.h"

namespace soarm {
namespace {

class AtomicFileTest : public testing::Test {
 protected:
  AtomicFileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~AtomicFileTest() override { std::filesystem::remove_all(folder_); }

  static std::string Read(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::ptrdiff_t FilesIn(const std::filesystem::path& folder) {
    return std::distance(std::filesystem::directory_iterator(folder), {});
  }

  std::filesystem::path folder_;
};

TEST_F(AtomicFileTest, MakesFolderAndFile) {
  const auto path = folder_ / "state" / "file";
  ASSERT_TRUE(ReplaceFile(path, "one\n").ok());
  EXPECT_EQ(Read(path), "one\n");
}

TEST_F(AtomicFileTest, ReplacesWithoutLeavings) {
  const auto path = folder_ / "file";
  ASSERT_TRUE(ReplaceFile(path, "a longer text\n").ok());
  ASSERT_TRUE(ReplaceFile(path, "short\n").ok());
  EXPECT_EQ(Read(path), "short\n");
  EXPECT_EQ(FilesIn(folder_), 1);
}

TEST_F(AtomicFileTest, AFailureNamesTheFileAndLeavesNothing) {
  const auto path = folder_ / "taken";
  std::filesystem::create_directory(path);
  std::ofstream(path / "so that it cannot be replaced") << "x";
  const absl::Status status = ReplaceFile(path, "text");
  EXPECT_EQ(ProblemOf(status).reason, "NOT_SAVED");
  EXPECT_EQ(ProblemOf(status).subject, path.string());
  EXPECT_EQ(ProblemOf(status).fix, "Move away what has its name.");
  EXPECT_EQ(FilesIn(folder_), 1);
}

TEST_F(AtomicFileTest, AFolderThatCannotBeMadeIsToldWithWhatToDo) {
  const absl::Status status = ReplaceFile("/proc/soarm/file", "text");
  EXPECT_EQ(ProblemOf(status).reason, "NOT_SAVED");
  EXPECT_NE(ProblemOf(status).fix.find("may write"), std::string::npos);
}

TEST_F(AtomicFileTest, TheDraftOfAProcessThatDiedCanBeRemoved) {
  EXPECT_EXIT(
      {
        const rlimit none{};
        ::setrlimit(RLIMIT_CORE, &none);
        ::setrlimit(RLIMIT_FSIZE, &none);
        (void)ReplaceFile(folder_ / "file", "text");
      },
      testing::KilledBySignal(SIGXFSZ), "");
  for (const char* other : {"file", "file.backup", "file.a1B2c3", "other.a1B2c3.draft",
                            "file.draft", "file.unreadable"}) {
    std::ofstream(folder_ / other) << "kept";
  }
  EXPECT_EQ(FilesIn(folder_), 7);
  RemoveDrafts(folder_ / "file", std::chrono::minutes(1));
  EXPECT_EQ(FilesIn(folder_), 7) << "somebody may be writing it";
  RemoveDrafts(folder_ / "file");
  EXPECT_EQ(FilesIn(folder_), 6);
  RemoveDrafts(folder_ / "nowhere" / "file");
}

TEST_F(AtomicFileTest, WhatToDoFitsWhatWentWrong) {
  EXPECT_EXIT(
      {
        const rlimit none{};
        std::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &none);
        const bool tells = ProblemOf(ReplaceFile(folder_ / "file", "text")).fix.find("ulimit -f") !=
                           std::string::npos;
        ::_exit(tells ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_EXIT(
      {
        const rlimit none{};
        ::setrlimit(RLIMIT_NOFILE, &none);
        const bool tells = ProblemOf(ReplaceFile(folder_ / "file", "text")).fix.find("ulimit -n") !=
                           std::string::npos;
        ::_exit(tells ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace soarm
