#include "clients/tools/soarm/json.h"

#include <gtest/gtest.h>

namespace soarm::cli {
namespace {

TEST(JsonStringTest, EscapesWhatJsonAndTerminalsTakeForMore) {
  EXPECT_EQ(JsonString("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(JsonString("\n\x1b\x7f"), R"("\u000a\u001b\u007f")");
  EXPECT_EQ(JsonString("\xc2\x9b"), R"("\u009b")") << "the one-byte form of ESC [";
  EXPECT_EQ(JsonString("\xe2\x80\xae"), R"("\u202e")") << "right to left";
  EXPECT_EQ(JsonString("caf\xc3\xa9 \xf0\x9f\x94\xa5"), "\"caf\xc3\xa9 \xf0\x9f\x94\xa5\"");
}

TEST(JsonStringTest, IsUtf8WhateverTheBytes) {
  EXPECT_EQ(JsonString("caf\xe9"), R"("caf\ufffd")");
  EXPECT_EQ(JsonString("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")") << "half a pair";
  EXPECT_EQ(JsonString(std::string_view("\0", 1)), R"("\u0000")");
}

}  // namespace
}  // namespace soarm::cli
