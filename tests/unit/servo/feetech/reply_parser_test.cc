#include "server/servo/bus/reply_parser.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "server/servo/feetech/packet.h"
#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/sts_protocol.h"

namespace soarm::servo::feetech {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Event = ReplyParser::Event;

struct Parsed {
  std::uint8_t id;
  std::uint8_t status;
  Bytes data;
  friend bool operator==(const Parsed&, const Parsed&) = default;
};

std::vector<Parsed> ParseAll(ReplyParser& parser, bool final) {
  std::vector<Parsed> all;
  ReplyFrame frame;
  for (Event event = parser.Next(frame, final); event != Event::kNone;
       event = parser.Next(frame, final)) {
    if (event == Event::kFrame) {
      all.push_back({frame.id, frame.status, {frame.data.begin(), frame.data.end()}});
    }
  }
  return all;
}

std::vector<Parsed> Parse(const Bytes& bytes) {
  ReplyParser parser(kStsProtocol);
  parser.Append(bytes);
  return ParseAll(parser, true);
}

Bytes Join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes AnswerBytes(std::uint8_t id, const Bytes& data) {
  Bytes frame = {0xFF, 0xFF, id, static_cast<std::uint8_t>(data.size() + 2), 0};
  frame.insert(frame.end(), data.begin(), data.end());
  frame.push_back(Checksum(std::span(frame).subspan(2)));
  return frame;
}

const Bytes kPosition2048 = {0xFF, 0xFF, 0x01, 0x04, 0x00, 0x00, 0x08, 0xF2};
const Bytes kPosition1000 = {0xFF, 0xFF, 0x02, 0x04, 0x00, 0xE8, 0x03, 0x0E};
const Bytes kPosition3000 = {0xFF, 0xFF, 0x03, 0x04, 0x00, 0xB8, 0x0B, 0x35};

TEST(ReplyParserTest, ReadsAnswersWithAndWithoutFlags) {
  EXPECT_EQ(Parse({0xFF, 0xFF, 0x01, 0x02, 0x00, 0xFC}), (std::vector<Parsed>{{1, 0, {}}}));
  EXPECT_EQ(Parse({0xFF, 0xFF, 0x06, 0x02, 0x20, 0xD7}), (std::vector<Parsed>{{6, 0x20, {}}}));
  EXPECT_EQ(Parse({0xFF, 0xFF, 0x06, 0x02, 0x24, 0xD3}), (std::vector<Parsed>{{6, 0x24, {}}}));
  EXPECT_EQ(Parse({0xFF, 0xFF, 0x01, 0x04, 0x00, 0x64, 0x80, 0x16}),
            (std::vector<Parsed>{{1, 0, {0x64, 0x80}}}));
  EXPECT_EQ(Parse({0xFF, 0xFF, 0x01, 0x05, 0x00, 0x96, 0x64, 0x01, 0xFE}),
            (std::vector<Parsed>{{1, 0, {0x96, 0x64, 0x01}}}));
}

TEST(ReplyParserTest, ReadsAnswersInAnyPieces) {
  const Bytes all = Join({kPosition2048, kPosition1000, kPosition3000});
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    ReplyParser parser(kStsProtocol);
    std::vector<Parsed> got;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      parser.Append(std::span(all).subspan(at, std::min(piece, all.size() - at)));
      for (const Parsed& frame : ParseAll(parser, false)) got.push_back(frame);
    }
    ASSERT_EQ(got.size(), 3U) << piece;
    EXPECT_EQ(got[2].data, (Bytes{0xB8, 0x0B}));
    EXPECT_EQ(parser.TakeSkipped(), 0U);
  }
}

TEST(ReplyParserTest, FindsAnswersBehindNoiseAndStrayHeaders) {
  EXPECT_EQ(Parse(Join({{0x00, 0xFF, 0x13}, kPosition2048})).size(), 1U);
  EXPECT_EQ(Parse(Join({{0xFF}, kPosition2048})).size(), 1U);
  EXPECT_EQ(Parse(Join({{0xFF, 0xFF, 0x01, 0x05, 0x03, 0x2A}, kPosition2048})).size(), 1U);
  EXPECT_EQ(Parse({0xFF, 0xFF, 0x01, 0x01, 0xFD}).size(), 0U);
}

TEST(ReplyParserTest, OneWrongByteAnywhereCostsThatAnswerOnly) {
  const Bytes all = Join({kPosition2048, kPosition1000, kPosition3000});
  for (std::size_t at = 0; at < all.size(); ++at) {
    for (unsigned flip = 1; flip < 256; ++flip) {
      Bytes damaged = all;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ flip);
      const std::vector<Parsed> got = Parse(damaged);
      ASSERT_EQ(got.size(), 2U) << "byte " << at << " flipped by " << flip;
    }
  }
}

TEST(ReplyParserTest, AMissingByteAnywhereCostsThatAnswerOnly) {
  const Bytes all = Join({kPosition2048, kPosition1000, kPosition3000});
  for (std::size_t at = 0; at < all.size(); ++at) {
    Bytes damaged = all;
    damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_EQ(Parse(damaged).size(), 2U) << at;
  }
}

TEST(ReplyParserTest, NamesWhoseAnswerWasDamaged) {
  ReplyParser parser(kStsProtocol);
  Bytes damaged = kPosition1000;
  damaged[5] ^= 1;
  parser.Append(damaged);
  ReplyFrame frame;
  ASSERT_EQ(parser.Next(frame, true), Event::kDamaged);
  EXPECT_EQ(frame.id, 2);
}

TEST(ReplyParserTest, SurvivesRandomBytesAndStillFindsWhatIsReal) {
  std::mt19937 random(20240517);
  ReplyParser parser(kStsProtocol);
  int found = 0;
  constexpr int kRounds = 4000;
  for (int round = 0; round < kRounds; ++round) {
    Bytes noise(random() % 60);
    // Many FF, so that stray headers happen.
    for (std::uint8_t& byte : noise) {
      byte = random() % 4 == 0 ? 0xFF : static_cast<std::uint8_t>(random());
    }
    Bytes data(random() % 40);
    for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(random());
    const Bytes answer = AnswerBytes(static_cast<std::uint8_t>(random() % 254), data);
    parser.Append(noise);
    parser.Append(answer);
    for (const Parsed& frame : ParseAll(parser, random() % 2 == 0)) {
      if (frame.id == answer[2] && frame.data == data) ++found;
    }
    parser.Reset();
  }
  // Now and then a stray header in front waits for more bytes, or noise forges a whole answer.
  EXPECT_GT(found, kRounds / 2);
}

TEST(ReplyParserTest, AnOverlongFloodIsCountedNotOverrun) {
  ReplyParser parser(kStsProtocol);
  parser.Append(Bytes(5000, 0xFF));
  parser.Append(kPosition2048);
  EXPECT_EQ(ParseAll(parser, true).size(), 1U);
  EXPECT_EQ(parser.TakeSkipped(), 5000U);
}

}  // namespace
}  // namespace soarm::servo::feetech
