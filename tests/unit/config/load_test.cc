#include "server/config/load.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace soarm {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class LoadTest : public testing::Test {
 protected:
  LoadTest() {
    std::string name = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~LoadTest() override { std::filesystem::remove_all(folder_); }

  std::string Path() const { return (folder_ / "soarmd.toml").string(); }
  // What is said of the only thing that is wrong.
  static std::string ErrorOf(const std::string& path) {
    DaemonFlags flags;
    flags.sim = true;
    flags.config = path;
    ConfigErrors errors;
    LoadSettings(flags, {1000, "/run/user/1000", "", "", "/home/u"}, errors);
    EXPECT_THAT(errors, SizeIs(1)) << Format(errors);
    return errors.empty() ? "" : errors[0].Text();
  }

  std::filesystem::path folder_;
};

TEST_F(LoadTest, WhatIsNoFileIsAnErrorWithAFix) {
  EXPECT_THAT(ErrorOf(Path()), HasSubstr("No such file"));
  ASSERT_EQ(::mkfifo(Path().c_str(), 0600), 0);
  EXPECT_THAT(ErrorOf(Path()), HasSubstr("it is a pipe; name a readable file"));
  EXPECT_THAT(ErrorOf(folder_.string()), HasSubstr("it is a directory"));
  EXPECT_THAT(ErrorOf("/dev/zero"), HasSubstr("it is a device"));
}

TEST_F(LoadTest, WhatIsNestedTooDeepIsAnErrorWithItsLine) {
  std::string deep = "\n[";
  for (int i = 0; i < 100'000; ++i) deep += "a.";
  std::ofstream(Path()) << deep << "a]\n";
  EXPECT_THAT(ErrorOf(Path()), HasSubstr("soarmd.toml:2: nested deeper than 16 levels; remove"));
}

}  // namespace
}  // namespace soarm
