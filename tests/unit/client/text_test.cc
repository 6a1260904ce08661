#include "clients/tools/soarm/text.h"

#include <string>

#include <gtest/gtest.h>

#include "clients/tools/soarm/lease_file.h"
#include "clients/tools/soarm/table.h"

namespace soarm::cli {
namespace {

using namespace std::chrono_literals;

TEST(TextTest, NumbersAreReadWholeOrNotAtAll) {
  EXPECT_EQ(ParseNumber("-1.5"), -1.5);
  EXPECT_EQ(ParseNumber("+2"), 2.0);
  for (const char* text : {"", "1x", "x1", "1 ", "nan", "inf", "--1", "+", "1,5"}) {
    EXPECT_FALSE(ParseNumber(text).has_value()) << text;
  }
}

TEST(TextTest, SpansNeedAUnit) {
  EXPECT_EQ(ParseSpan("20ms", false), 20ms);
  EXPECT_EQ(ParseSpan("1.5s", false), 1500ms);
  EXPECT_EQ(ParseSpan("250us", false), 250us);
  EXPECT_EQ(ParseSpan("10ns", false), 10ns);
  EXPECT_EQ(ParseSpan("2min", false), 2min);
  EXPECT_EQ(ParseSpan("0ms", false), 0ms);
  EXPECT_EQ(ParseSpan("3", true), 3s);
  for (const char* text : {"3", "ms", "", "1h", "1e30s"}) {
    EXPECT_FALSE(ParseSpan(text, false).has_value()) << text;
  }
}

TEST(TextTest, NumbersAreWrittenForPeople) {
  EXPECT_EQ(Fixed(-0.04, 1), "0.0");
  EXPECT_EQ(Fixed(-1.25, 2), "-1.25");
  EXPECT_EQ(Degrees(0.5235987755982988), "30.0°");
  EXPECT_EQ(Span(850ms), "850 ms");
  EXPECT_EQ(Span(3200ms), "3.2 s");
  EXPECT_EQ(Span(250s), "4 min 10 s");
  EXPECT_EQ(Span(7500s), "2 h 5 min");
}

TEST(TextTest, MethodNamesTranslateBothWays) {
  EXPECT_EQ(ToKebab("DropReply"), "drop-reply");
  EXPECT_EQ(ToPascal("drop-reply"), "DropReply");
  EXPECT_EQ(ToPascal(ToKebab("ReadByteLog")), "ReadByteLog");
  EXPECT_EQ(ToUpperSnake("soft-hold"), "SOFT_HOLD");
}

TEST(TableTest, ColumnsAlignWhateverTheCellsAreMadeOf) {
  Table table({{"joint"}, {"angle", Table::Align::kRight}, {"x"}});
  table.Add({"a", "1.0°", "\x1b[31mbad\x1b[0m"});
  table.Add({"longer name", "-100.0°"});
  EXPECT_EQ(table.Render(),
            "joint          angle  x\n"
            "a               1.0°  \x1b[31mbad\x1b[0m\n"
            "longer name  -100.0°\n");
}

TEST(LeaseWordTest, SurvivesTheWayThroughATerminal) {
  v1::LeaseRef lease;
  lease.set_epoch(0xFFFFFFFFFFFFFFFFULL);
  lease.set_fence(3);
  lease.set_token("a:b=");
  const auto back = ParseLeaseWord(ToWord(lease));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->SerializeAsString(), lease.SerializeAsString());
  for (const char* word : {"", "1", "1:2", "1:2:", "x:2:t", "1:-2:t", ":2:t"}) {
    EXPECT_FALSE(ParseLeaseWord(word).has_value()) << word;
  }
}

}  // namespace
}  // namespace soarm::cli
