#include "server/front/frame_cursor.h"

#include <string>

#include <gtest/gtest.h>

#include "server/front/http2.h"
#include "server/front/reset_budget.h"

namespace soarm {
namespace {

using namespace std::string_view_literals;

constexpr MonoTime kStart = FromNanos(1'000'000'000'000);

std::string Frame(char type, std::size_t size) {
  std::string frame = {static_cast<char>(size >> 16U),
                       static_cast<char>(size >> 8U),
                       static_cast<char>(size),
                       type,
                       '\0',
                       '\0',
                       '\0',
                       '\0',
                       '\1'};
  // What looks like the header of a RST_STREAM, but is the payload of something else.
  for (std::size_t i = 0; i < size; ++i) frame += i % 9 == 3 ? '\3' : '\0';
  return frame;
}

const std::string kSaid = std::string(kHttp2Preface) + Frame(4, 0) + Frame(1, 300) + Frame(3, 4) +
                          Frame(0, 70'000) + Frame(3, 4) + Frame(6, 8);

std::string TypesIn(FrameCursor& cursor, std::string_view bytes) {
  std::string types;
  while (const auto frame = cursor.Next(bytes)) types += std::to_string(frame->type);
  return types;
}

TEST(FrameCursorTest, FindsFramesAndNotWhatIsInThem) {
  FrameCursor cursor(kHttp2Preface.size());
  EXPECT_EQ(TypesIn(cursor, kSaid), "413036");
}

TEST(FrameCursorTest, FindsThemHoweverTheyAreCut) {
  for (const std::size_t piece : {1u, 2u, 7u, 1000u}) {
    FrameCursor cursor(kHttp2Preface.size());
    std::string types;
    for (std::size_t at = 0; at < kSaid.size(); at += piece) {
      types += TypesIn(cursor, std::string_view(kSaid).substr(at, piece));
    }
    EXPECT_EQ(types, "413036") << piece;
  }
}

TEST(FrameCursorTest, ShowsWhatAPayloadBeginsWith) {
  FrameCursor cursor(0);
  std::string_view ping = "\0\0\x08\x06\1\0\0\0\0abcdefgh"sv;
  const auto frame = cursor.Next(ping);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->flags, kAckFlag);
  EXPECT_EQ(std::string(frame->payload.data(), frame->payload.size()), "abcdefgh");
  EXPECT_TRUE(ping.empty());
}

TEST(FrameCursorTest, NothingGoesBetweenTwoFramesBeforeTheFirst) {
  FrameCursor cursor(0);
  EXPECT_EQ(cursor.GapIn(""), std::nullopt);
  EXPECT_EQ(cursor.GapIn(Frame(4, 0)), 9u);
  EXPECT_EQ(cursor.GapIn(""), 0u);
}

TEST(FrameCursorTest, TheGapIsBehindTheLastWholeFrame) {
  FrameCursor cursor(0);
  const std::string said = Frame(4, 0) + Frame(1, 20) + Frame(0, 100);
  EXPECT_EQ(cursor.GapIn(std::string_view(said).substr(0, 50)), 9u + 29u);
  EXPECT_EQ(cursor.GapIn(std::string_view(said).substr(50, 40)), std::nullopt);
  EXPECT_EQ(cursor.GapIn(said.substr(90) + Frame(6, 8).substr(0, 3)), said.size() - 90);
  EXPECT_EQ(cursor.GapIn(""), std::nullopt) << "a frame's header has begun";
}

TEST(ResetBudgetTest, IsSomeAtOnceAndFewASecond) {
  ResetBudget budget(kStart);
  int taken = 0;
  while (budget.Take(kStart)) ++taken;
  EXPECT_EQ(taken, static_cast<int>(ResetBudget::kAtOnce));
  taken = 0;
  while (budget.Take(kStart + std::chrono::seconds(1))) ++taken;
  EXPECT_EQ(taken, static_cast<int>(ResetBudget::kEachSecond));
}

}  // namespace
}  // namespace soarm
