#include "server/front/client_frames.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/front/http2_client.h"

namespace soarm {
namespace {

using Kind = ClientSaid::Kind;

// What was said, "?" where it is too much.
std::string SaidIn(ClientFrames& frames, std::string_view bytes) {
  std::string all;
  while (const auto said = frames.Next(bytes)) {
    switch (said->kind) {
      case Kind::kCall:
        all += std::string(said->text) + " ";
        break;
      case Kind::kTakesBack:
        all += "takes back ";
        break;
      case Kind::kMessage:
        all += "message ";
        break;
      case Kind::kPingAnswer:
        all += "answer=" + std::string(said->text) + " ";
        break;
      case Kind::kOverhead:
        all += "overhead ";
        break;
      case Kind::kOther:
        all += "- ";
        break;
      case Kind::kTooMuch:
        return all + "?";
    }
  }
  return all;
}

class ClientFramesTest : public ::testing::Test {
 protected:
  ClientFramesTest() { EXPECT_EQ(Said(std::string(kHttp2Preface)), ""); }

  std::string Said(const std::string& bytes) { return SaidIn(frames_, bytes); }

  Http2Client client_;
  ClientFrames frames_;
};

TEST_F(ClientFramesTest, NamesTheMethodOfEachCallHoweverItIsCut) {
  std::string said;
  for (int i = 0; i < 3; ++i) {
    said += client_.Call("/a.B/C");
    said += client_.Call("/a.B/D");
  }
  EXPECT_LT(said.size(), 6 * 30u) << "later ones are said in a byte or two";
  for (const std::size_t piece : {1u, 5u, 1000u}) {
    ClientFrames frames;
    std::string heard = SaidIn(frames, kHttp2Preface);
    for (std::size_t at = 0; at < said.size(); at += piece) {
      heard += SaidIn(frames, std::string_view(said).substr(at, piece));
    }
    EXPECT_EQ(heard, "/a.B/C /a.B/D /a.B/C /a.B/D /a.B/C /a.B/D ") << piece;
  }
}

TEST_F(ClientFramesTest, ABlockMayHavePaddingPriorityAndSeveralFrames) {
  const std::string block = client_.Block({{":method", "POST"}, {":path", "/a.B/C"}});
  const std::string first =
      std::string(1, '\3') + std::string(5, '\0') + block.substr(0, 4) + "pad";
  EXPECT_EQ(Said(Http2Client::Frame(Http2Type::kHeaders, kPaddedFlag | kPriorityFlag, first) +
                 Http2Client::Frame(Http2Type::kContinuation, 0, block.substr(4, 3)) +
                 Http2Client::Frame(Http2Type::kContinuation, kEndHeadersFlag, block.substr(7))),
            "- overhead /a.B/C ");
  EXPECT_EQ(Said(client_.Call("/a.B/C")), "/a.B/C ");
}

TEST_F(ClientFramesTest, KnowsWhatElseIsSaid) {
  const auto frame = [](Http2Type type, std::uint8_t flags, std::string_view payload) {
    return Http2Client::Frame(type, flags, payload);
  };
  EXPECT_EQ(
      Said(frame(Http2Type::kSettings, 0, "") + frame(Http2Type::kData, 0, "message") +
           frame(Http2Type::kData, 0, "") + frame(Http2Type::kRstStream, 0, "code") +
           frame(Http2Type::kPing, 0, "12345678") + frame(Http2Type::kPing, kAckFlag, "87654321")),
      "overhead message overhead takes back overhead answer=87654321 ");
  EXPECT_EQ(Said(frame(Http2Type::kHeaders, kEndHeadersFlag, client_.Block({{"last", "words"}}))),
            "- ")
      << "no call";
}

// A field of 4 KB is said once, and then by a byte each time.
TEST_F(ClientFramesTest, AFewBytesMayNotMeanVeryMany) {
  const Http2Client::Fields bomb(8, {"x", std::string(3000, 'x')});
  const std::string block = client_.Block(bomb);
  EXPECT_LT(block.size(), 3100u);
  EXPECT_EQ(Said(Http2Client::Frame(Http2Type::kHeaders, kEndHeadersFlag, block)), "?");
}

TEST_F(ClientFramesTest, NorMayTheyHaveVeryManyFields) {
  const Http2Client::Fields many(HeaderBlocks::kMostFields + 1, {"x", "y"});
  EXPECT_EQ(Said(Http2Client::Frame(Http2Type::kHeaders, kEndHeadersFlag, client_.Block(many))),
            "?");
}

TEST_F(ClientFramesTest, ABlockMayNotGoOnForEver) {
  std::string said = Http2Client::Frame(Http2Type::kHeaders, 0, client_.Block({{"a", "b"}}));
  const std::string more = "\x40\x7f\xff\x7f" + std::string(4000, 'n');
  for (int i = 0; i < 6; ++i) said += Http2Client::Frame(Http2Type::kContinuation, 0, more);
  EXPECT_EQ(Said(said).back(), '?');
}

TEST_F(ClientFramesTest, WhatIsNoHttp2IsTooMuch) {
  const std::string call = client_.Call("/a.B/C");
  const std::string unended =
      Http2Client::Frame(Http2Type::kHeaders, 0, client_.Block({{"a", "b"}}));
  const auto continuation = Http2Client::Frame(Http2Type::kContinuation, kEndHeadersFlag, "");
  for (const std::string& said :
       {unended + call, unended + Http2Client::Frame(Http2Type::kData, 0, ""), continuation,
        Http2Client::Frame(Http2Type::kHeaders, kEndHeadersFlag, "\xff\xff\xff\xff\xff\xff"),
        Http2Client::Frame(Http2Type::kHeaders, kEndHeadersFlag | kPaddedFlag, "\x09pad"),
        Http2Client::Frame(Http2Type::kHeaders, kEndHeadersFlag | kPaddedFlag, ""),
        Http2Client::Frame(Http2Type::kHeaders, kEndHeadersFlag | kPriorityFlag, "abc"),
        Http2Client::Frame(Http2Type::kHeaders, kEndHeadersFlag, std::string(17'000, '\x82'))}) {
    ClientFrames frames;
    EXPECT_EQ(SaidIn(frames, std::string(kHttp2Preface) + said).back(), '?');
  }
}

}  // namespace
}  // namespace soarm
