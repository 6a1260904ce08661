#include "common/base/small_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace soarm {
namespace {

using ::testing::HasSubstr;

class SmallFileTest : public testing::Test {
 protected:
  SmallFileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~SmallFileTest() override { std::filesystem::remove_all(folder_); }

  std::string Path() const { return (folder_ / "file").string(); }

  std::filesystem::path folder_;
};

TEST_F(SmallFileTest, ReadsAllOfIt) {
  const std::string text(100'000, 'x');
  std::ofstream(Path()) << text;
  const SmallFile file = ReadSmallFile(Path());
  EXPECT_TRUE(file.is_read()) << file.fault;
  EXPECT_EQ(file.text, text);
}

TEST_F(SmallFileTest, TellsWhatIsMissingFromWhatCannotBeRead) {
  EXPECT_TRUE(ReadSmallFile(Path()).missing);
  EXPECT_FALSE(ReadSmallFile(Path()).is_read());
  std::ofstream(Path()) << "";
  EXPECT_TRUE(ReadSmallFile(Path()).is_read());
  EXPECT_TRUE(ReadSmallFile(Path() + "/below").missing);
}

TEST_F(SmallFileTest, NeitherWaitsForAPipeNorReadsADeviceOrAFolder) {
  ASSERT_EQ(::mkfifo(Path().c_str(), 0600), 0);
  EXPECT_EQ(ReadSmallFile(Path()).fault, "it is a pipe");
  std::filesystem::create_symlink("/dev/zero", folder_ / "zero");
  EXPECT_EQ(ReadSmallFile((folder_ / "zero").string()).fault, "it is a device");
  EXPECT_EQ(ReadSmallFile(folder_.string()).fault, "it is a directory");
  EXPECT_FALSE(ReadSmallFile(folder_.string()).fix.empty());
}

TEST_F(SmallFileTest, ALinkThatLeadsNowhereIsNotMissing) {
  std::filesystem::create_symlink(folder_ / "away", Path());
  const SmallFile file = ReadSmallFile(Path());
  EXPECT_FALSE(file.missing);
  EXPECT_EQ(file.fault, "it is a link that leads nowhere");
}

TEST_F(SmallFileTest, LeavesALargeFileAlone) {
  std::ofstream(Path()) << std::string(kMostInSmallFile, '#');
  EXPECT_TRUE(ReadSmallFile(Path()).is_read());
  std::filesystem::resize_file(Path(), std::uintmax_t{1} << 40);  // sparse
  EXPECT_THAT(ReadSmallFile(Path()).fault, HasSubstr("larger"));
}

TEST_F(SmallFileTest, SaysOfALoopThatItHasToGo) {
  std::filesystem::create_symlink(Path(), Path());
  const SmallFile file = ReadSmallFile(Path());
  EXPECT_FALSE(file.missing || file.is_read());
  EXPECT_THAT(file.fix, HasSubstr("Move away"));
}

}  // namespace
}  // namespace soarm
