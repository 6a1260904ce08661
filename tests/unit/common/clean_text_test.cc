#include "common/base/clean_text.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

TEST(CleanTextTest, KeepsWhatPeopleWrite) {
  EXPECT_EQ(CleanText("caf\xc3\xa9, \xe6\x89\x8b, \xf0\x9f\x94\xa5", 100),
            "caf\xc3\xa9, \xe6\x89\x8b, \xf0\x9f\x94\xa5");
  EXPECT_EQ(CleanText("  two\nlines\t ", 100), "two lines");
}

TEST(CleanTextTest, ReplacesWhatIsNotUtf8) {
  for (const char* bytes : {"\xff", "\xe9", "\xc0\xaf", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80",
                            "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
    const std::string clean = CleanText(bytes, 100);
    EXPECT_EQ(clean.find_first_not_of('?'), std::string::npos) << clean;
    EXPECT_FALSE(clean.empty());
  }
}

TEST(CleanTextTest, DisarmsTerminals) {
  EXPECT_EQ(CleanText("a\x1b[31m\x07\x7f", 100), "a?[31m??");
  EXPECT_EQ(CleanText("\xc2\x9b"
                      "2J",
                      100),
            "?2J")
      << "the one-byte form of ESC [";
  EXPECT_EQ(CleanText("abc\xe2\x80\xae"
                      "def",
                      100),
            "abc?def")
      << "right to left";
  EXPECT_EQ(CleanText("a\xe2\x80\xa8"
                      "b",
                      100),
            "a b")
      << "a line separator";
}

TEST(CleanTextTest, CutsBetweenCharacters) {
  EXPECT_EQ(CleanText("\xc3\xa9\xc3\xa9", 3), "\xc3\xa9");
}

}  // namespace
}  // namespace soarm
