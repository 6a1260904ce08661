#include "server/config/toml_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soarm {
namespace {

using ::testing::HasSubstr;

constexpr int kDeep = 200'000;

std::string Repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// Empty: it is a table.
std::string FaultOf(std::string_view text) {
  const auto parsed = ParseToml(text, "f.toml");
  const auto* fault = std::get_if<TomlFault>(&parsed);
  return fault != nullptr ? std::to_string(fault->line) + ": " + fault->what : "";
}

TEST(TomlTextTest, WhatIsNestedTooDeepNeverReachesTheParser) {
  for (const std::string& deep :
       {"[" + Repeat("a.", kDeep) + "a]\n", Repeat("a.", kDeep) + "a = 1\n",
        Repeat("'a' . ", kDeep) + "a = 1\n", "a = " + Repeat("[", kDeep),
        "a = " + Repeat("{a = ", kDeep), "a = [{" + Repeat("a.", kDeep) + "a = 1}]\n",
        "a = ['''x''''', {" + Repeat("a.", kDeep) + "a = 1}]\n",
        "a = [\"\"\"\\\"\"\"\", {" + Repeat("a.", kDeep) + "a = 1}]\n"}) {
    EXPECT_THAT(FaultOf("b = 1\n" + deep), HasSubstr("2: nested deeper")) << deep.substr(0, 40);
  }
}

TEST(TomlTextTest, DotsAndBracketsInTextsAndCommentsAreNoNesting) {
  const std::string dots = Repeat(".[{", 100);
  EXPECT_EQ(FaultOf("a = \"" + dots + "\\\"" + dots + "\"\nb = '" + dots + "'\n# \" " + dots +
                    "\nc = \"\"\"\n" + dots + "\\\n\"\"\"\"\"\nk = '''" + dots + "'\n''' # " +
                    dots + "\ne = [1.0, 2.0, 3.0]\n"),
            "");
  EXPECT_EQ(FaultOf(Repeat("[[a.b.c]]\nk.e = [[1.5], [2.5]]\n", 1000)), "");
}

TEST(TomlTextTest, NamesTheLineOfWhatIsNoToml) {
  EXPECT_THAT(FaultOf("a = 1\nb = \"open\nc = 2\n"), HasSubstr("2: not TOML"));
}

}  // namespace
}  // namespace soarm
