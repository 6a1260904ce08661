#include "server/front/late_gate.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/front/http2_client.h"

namespace soarm {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kConnected = FromNanos(1'000'000'000'000);

WhenLate ByName(std::string_view path) {
  if (path == "/stop") return WhenLate::kDoneAtOnce;
  return path == "/move" ? WhenLate::kWaits : WhenLate::kDone;
}

class LateGateTest : public ::testing::Test {
 protected:
  LateGateTest() {
    Hear(std::string(kHttp2Preface) + Http2Client::Frame(Http2Type::kSettings, 0, ""));
    Passed();
  }

  LateGate::Verdict Hear(const std::string& bytes) {
    const LateGate::Verdict verdict = gate_.Hear(bytes, now_);
    if (std::string ping = gate_.TakePing(); !ping.empty()) ping_ = ping;
    return verdict;
  }
  // What goes on to the server.
  std::string Passed() { return std::exchange(gate_.ready(), {}); }
  std::string Answer() const { return Http2Client::AnswerTo(ping_); }

  const LateRule rule_ = ByName;
  MonoTime now_ = kConnected;
  LateGate gate_{rule_, MakeResetAllowance(kConnected), kConnected};
  Http2Client client_;
  std::string ping_;
};

TEST_F(LateGateTest, WhatComesFromWhoAnsweredLatelyGoesOn) {
  now_ += 200ms;
  const std::string call = client_.Call("/move");
  Hear(call);
  EXPECT_EQ(Passed(), call);
  EXPECT_FALSE(gate_.waits_until());
}

TEST_F(LateGateTest, ACallAndWhatTakesItBackComeTogether) {
  now_ += 5s;
  const std::string before = Http2Client::Frame(Http2Type::kData, 0, "of a stream");
  const std::string call = client_.Call("/move");
  const std::string back = Http2Client::Frame(Http2Type::kRstStream, 0, "code");
  Hear(before + call + back.substr(0, 3));
  EXPECT_EQ(Passed(), before);
  ASSERT_FALSE(ping_.empty());
  EXPECT_EQ(gate_.waits_until(), now_ + LateGate::kPatience);
  now_ += 30ms;
  Hear(back.substr(3));
  EXPECT_EQ(Passed(), "");
  Hear(Answer());
  EXPECT_EQ(Passed(), call + back + Answer());
  EXPECT_FALSE(gate_.waits_until());
  EXPECT_FALSE(gate_.is_silent());
}

TEST_F(LateGateTest, WhatTakesACallBackIsHeardBeforeWhatTheCallAsksFor) {
  now_ += 5s;
  const std::string call = client_.Call("/move", 1);
  const std::string asks = Http2Client::Frame(Http2Type::kData, 0, "shoulder_pan=20deg", 1);
  const std::string next = client_.Call("/move", 3);
  const std::string next_asks = Http2Client::Frame(Http2Type::kData, 0, "gripper=5%", 3);
  const std::string back = Http2Client::Frame(Http2Type::kRstStream, 0, "code", 1);
  const std::string next_back = Http2Client::Frame(Http2Type::kRstStream, 0, "code", 3);
  Hear(call + asks + next + next_asks + back + next_back);
  EXPECT_EQ(Passed(), "");
  Hear(Answer());
  EXPECT_EQ(Passed(), call + back + asks + next + next_back + next_asks + Answer());
}

TEST_F(LateGateTest, WhatIsTakenBackKeepsItsPlaceAsEarlierCallsGoOn) {
  now_ += 5s;
  const std::string call = client_.Call("/move", 1);
  const std::string asks = Http2Client::Frame(Http2Type::kData, 0, "shoulder_pan=20deg", 1);
  Hear(call + asks);
  const std::string first_ping = ping_;
  now_ += 10ms;
  const std::string next = client_.Call("/move", 3);
  const std::string next_asks = Http2Client::Frame(Http2Type::kData, 0, "gripper=5%", 3);
  Hear(next + next_asks);
  Hear(Http2Client::AnswerTo(first_ping));
  EXPECT_EQ(Passed(), call + asks + Http2Client::AnswerTo(first_ping));
  const std::string back = Http2Client::Frame(Http2Type::kRstStream, 0, "code", 3);
  Hear(back);
  Hear(Answer());
  const std::string passed = Passed();
  EXPECT_LT(passed.find(back), passed.find(next_asks));
  EXPECT_LT(passed.find(next), passed.find(back));
}

TEST_F(LateGateTest, WhatDoesNoHarmDoesNotWait) {
  now_ += 5s;
  const std::string renewal = client_.Call("/renew");
  Hear(renewal);
  EXPECT_EQ(Passed(), renewal);
  EXPECT_FALSE(ping_.empty()) << "what comes next need not wait";
}

TEST_F(LateGateTest, AStopWaitsForNothingAndWhatWaitsIsRefused) {
  now_ += 5s;
  const std::string call = client_.Call("/move");
  const std::string stop = client_.Call("/stop");
  Hear(call + stop);
  EXPECT_EQ(Passed(), call + stop);
  EXPECT_TRUE(gate_.is_silent());
  EXPECT_FALSE(gate_.waits_until());
}

TEST_F(LateGateTest, WhoGivesNoSignIsSilentUntilItDoes) {
  now_ += 5s;
  Hear(client_.Call("/move"));
  now_ += LateGate::kPatience;
  gate_.WaitNoLonger(now_);
  EXPECT_TRUE(gate_.is_silent());
  EXPECT_NE(Passed(), "");
  const std::string next = client_.Call("/move");
  Hear(next);
  EXPECT_EQ(Passed(), next) << "to be refused at once";
  Hear(Answer());
  Passed();
  Hear(client_.Call("/move"));
  EXPECT_TRUE(gate_.is_silent()) << "the server may not have come to the one before it";
  now_ += LateGate::kHeardWithin;
  Hear(client_.Call("/move"));
  EXPECT_FALSE(gate_.is_silent());
}

TEST_F(LateGateTest, TheAnswerToAnEarlierPingProvesNothing) {
  now_ += 5s;
  Hear(client_.Call("/renew"));
  const std::string early = Answer();
  now_ += 5s;
  Hear(client_.Call("/move"));
  Passed();
  Hear(early);
  EXPECT_TRUE(gate_.waits_until());
  EXPECT_EQ(Passed(), early);
}

// The answer was under way while the network stood still, and what was said since came with it.
TEST_F(LateGateTest, ALateAnswerVouchesForNothingThatCameAfterItsPing) {
  now_ += 5s;
  const std::string first = client_.Call("/move");
  Hear(first);
  const std::string answer = Answer();
  now_ += 750ms;
  const std::string second = client_.Call("/move");
  const std::string third = client_.Call("/move");
  Hear(second);
  Hear(answer);
  EXPECT_EQ(Passed(), first + answer);
  EXPECT_EQ(gate_.waits_until(), now_ + LateGate::kPatience);
  Hear(third);
  EXPECT_EQ(Passed(), "");
  Hear(Answer());
  EXPECT_EQ(Passed(), second + third + Answer());
  EXPECT_FALSE(gate_.waits_until());
  now_ += 251ms;
  Hear(client_.Call("/move"));
  EXPECT_EQ(Passed(), "");
}

TEST_F(LateGateTest, WhatBelongsToEarlierCallsGoesOnMeanwhile) {
  Hear(client_.Call("/stream", 1));
  Passed();
  now_ += 5s;
  const std::string call = client_.Call("/move", 3);
  const std::string request = Http2Client::Frame(Http2Type::kData, kEndStreamFlag, "where to", 3);
  const std::string command = Http2Client::Frame(Http2Type::kData, 0, "a command", 1);
  const std::string renewal = client_.Call("/renew", 5);
  const std::string window = Http2Client::Frame(static_cast<Http2Type>(8), 0, "more", 0);
  Hear(call + request + command.substr(0, 5));
  EXPECT_EQ(Passed(), "");
  Hear(command.substr(5) + renewal + window);
  EXPECT_EQ(Passed(), command + window);
  Hear(Answer());
  EXPECT_EQ(Passed(), call + request + renewal + Answer());
}

TEST_F(LateGateTest, ABlockOfSeveralFramesStaysTogether) {
  now_ += 5s;
  const std::string call = client_.Call("/move", 3);
  const std::string begins = Http2Client::Frame(Http2Type::kHeaders, 0, call.substr(9, 4), 3);
  const std::string ends =
      Http2Client::Frame(Http2Type::kContinuation, kEndHeadersFlag, call.substr(13), 3);
  Hear(begins);
  EXPECT_EQ(Passed(), "") << "it may be one that waits";
  Hear(ends);
  EXPECT_EQ(Passed(), "");
  Hear(Answer());
  EXPECT_EQ(Passed(), begins + ends + Answer());
}

TEST_F(LateGateTest, NotVeryMuchWaits) {
  now_ += 5s;
  Hear(client_.Call("/move"));
  const std::string part = Http2Client::Frame(Http2Type::kData, 0, std::string(16'000, 'x'));
  const std::size_t most = LateGate::kMostWaiting_bytes / part.size();
  for (std::size_t i = 0; i < most; ++i) Hear(part);
  EXPECT_EQ(Passed(), "");
  Hear(part);
  EXPECT_GT(Passed().size(), most * part.size());
  EXPECT_TRUE(gate_.is_silent());
}

TEST_F(LateGateTest, WhatDoesNotWaitIsNotKept) {
  const std::string large = Http2Client::Frame(Http2Type::kData, 0, std::string(100'000, 'x'));
  Hear(large.substr(0, 50'000));
  EXPECT_EQ(Passed().size(), 50'000u);
  Hear(large.substr(50'000));
  EXPECT_EQ(Passed().size(), large.size() - 50'000u);
}

TEST_F(LateGateTest, WhoRetriesSoonIsNotSilentForEver) {
  now_ += 5s;
  Hear(client_.Call("/move"));
  gate_.WaitNoLonger(now_);
  Hear(Answer());
  for (int i = 0; i < 4; ++i) {
    now_ += 100ms;
    Hear(client_.Call("/move"));
    Hear(Answer());
  }
  EXPECT_FALSE(gate_.is_silent());
}

TEST_F(LateGateTest, WhoSaysOrTakesBackTooMuchIsToBeCutOff) {
  const std::string back = Http2Client::Frame(Http2Type::kRstStream, 0, "code");
  for (int i = 0; i < 256; ++i) {
    ASSERT_EQ(Hear(back), LateGate::Verdict::kGoOn);
  }
  EXPECT_EQ(Hear(back), LateGate::Verdict::kTakesBackTooMuch);
  EXPECT_EQ(Hear(Http2Client::Frame(Http2Type::kContinuation, 0, "")),
            LateGate::Verdict::kSaysTooMuch);
}

TEST_F(LateGateTest, OverheadIsCounted) {
  const std::string ping = Http2Client::Frame(Http2Type::kPing, 0, "12345678");
  int taken = 0;
  while (Hear(ping) == LateGate::Verdict::kGoOn) ++taken;
  EXPECT_EQ(taken, static_cast<int>(LateGate::kOverheadAtOnce) - 1);
}

}  // namespace
}  // namespace soarm
