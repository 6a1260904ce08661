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

TEST(CleanTextTest, OfLinesBreaksAndIndentsStay) {
  EXPECT_EQ(CleanLines("  a\n\n\tb\x1b[2J\r\u202ec\xff\n"), "  a\n\n?b?[2J??c?\n");
  EXPECT_EQ(CleanLines(std::string_view("a\0b", 3)), "a?b");
}

TEST(CleanTextTest, WhatIsNotToBeSeenShowsNothing) {
  for (const char* text : {"", " \t\n", "\u200b\u200d", "\xff", "\x1b\u202e", "\u00a0\u3000"}) {
    EXPECT_FALSE(HasShown(text)) << text;
  }
  EXPECT_FALSE(HasShown(std::string_view("\0", 1)));
  EXPECT_TRUE(HasShown(" x"));
  EXPECT_TRUE(HasShown("\u200bé"));
}

TEST(CleanTextTest, CutsBetweenCharacters) {
  EXPECT_EQ(CleanText("\xc3\xa9\xc3\xa9", 3), "\xc3\xa9");
}

}  // namespace
}  // namespace soarm
