#include "server/front/frame_cursor.h"

#include <string>

#include <gtest/gtest.h>

#include "server/front/http2.h"

namespace soarm {
namespace {

using namespace std::string_view_literals;

std::string Frame(char type, std::size_t size, std::uint8_t flags = 0) {
  std::string frame = {static_cast<char>(size >> 16U),
                       static_cast<char>(size >> 8U),
                       static_cast<char>(size),
                       type,
                       static_cast<char>(flags),
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
  while (const auto frame = cursor.Next(bytes))
    types += std::to_string(static_cast<int>(frame->type));
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

TEST(FrameCursorTest, KeepsWhatASmallFrameCarries) {
  FrameCursor cursor(0);
  std::string_view begins = "\0\0\x08\x06\1\0\0\0\0abc"sv;
  EXPECT_FALSE(cursor.Next(begins));
  std::string_view ends = "defgh!"sv;
  const auto frame = cursor.Next(ends);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->flags, kAckFlag);
  EXPECT_EQ(frame->payload, "abcdefgh");
  EXPECT_EQ(ends, "!");
}

TEST(FrameCursorTest, HeadersThatAreTooLongAreToldWhenTheyBegin) {
  FrameCursor cursor(0);
  const std::string long_one = Frame(1, Http2Frame::kMostKept_bytes + 1);
  std::string_view begins = std::string_view(long_one).substr(0, 9);
  const auto frame = cursor.Next(begins);
  ASSERT_TRUE(frame);
  EXPECT_TRUE(frame->is_too_long);
  EXPECT_EQ(frame->payload, "");
}

TEST(FrameCursorTest, NothingGoesBeforeTheFirstFrame) {
  FrameCursor cursor(0);
  EXPECT_EQ(cursor.GapIn(""), std::nullopt);
  EXPECT_EQ(cursor.GapIn(Frame(4, 0)), 9u);
  EXPECT_EQ(cursor.GapIn(""), 0u);
}

TEST(FrameCursorTest, NothingGoesBetweenHeadersAndWhatGoesOnWithThem) {
  FrameCursor cursor(0);
  EXPECT_EQ(cursor.GapIn(Frame(4, 0) + Frame(1, 3)), 9u);
  EXPECT_EQ(cursor.GapIn(""), std::nullopt);
  EXPECT_EQ(cursor.GapIn(Frame(9, 3, kEndHeadersFlag)), 12u);
}

TEST(FrameCursorTest, TheGapIsBehindTheLastWholeFrame) {
  FrameCursor cursor(0);
  const std::string said = Frame(4, 0) + Frame(1, 20, kEndHeadersFlag) + Frame(0, 100);
  EXPECT_EQ(cursor.GapIn(std::string_view(said).substr(0, 50)), 9u + 29u);
  EXPECT_EQ(cursor.GapIn(std::string_view(said).substr(50, 40)), std::nullopt);
  EXPECT_EQ(cursor.GapIn(said.substr(90) + Frame(6, 8).substr(0, 3)), said.size() - 90);
  EXPECT_EQ(cursor.GapIn(""), std::nullopt) << "a frame's header has begun";
}

}  // namespace
}  // namespace soarm
