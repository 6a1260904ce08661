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
  LateGateTest() { Hear(std::string(kHttp2Preface)); }

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
  Passed();
  now_ += 200ms;
  const std::string call = client_.Call("/move");
  Hear(call);
  EXPECT_EQ(Passed(), call);
  EXPECT_FALSE(gate_.waits_until());
}

TEST_F(LateGateTest, ACallAndWhatTakesItBackComeTogether) {
  Passed();
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

TEST_F(LateGateTest, WhatDoesNoHarmDoesNotWait) {
  Passed();
  now_ += 5s;
  const std::string renewal = client_.Call("/renew");
  Hear(renewal);
  EXPECT_EQ(Passed(), renewal);
  EXPECT_FALSE(ping_.empty()) << "what comes next need not wait";
}

TEST_F(LateGateTest, AStopWaitsForNothingAndWhatWaitsIsRefused) {
  Passed();
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
  Passed();
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
  EXPECT_EQ(Passed(), "");
}

TEST_F(LateGateTest, NotVeryMuchWaits) {
  Passed();
  now_ += 5s;
  Hear(client_.Call("/move"));
  const std::string part = Http2Client::Frame(Http2Type::kData, 0, std::string(16'000, 'x'));
  for (int i = 0; i < 3; ++i) Hear(part);
  EXPECT_EQ(Passed(), "");
  Hear(part);
  Hear(part);
  EXPECT_GT(Passed().size(), 5 * part.size());
  EXPECT_TRUE(gate_.is_silent());
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

TEST_F(LateGateTest, QuestionsAreCounted) {
  const std::string ping = Http2Client::Frame(Http2Type::kPing, 0, "12345678");
  int answered = 0;
  while (Hear(ping) == LateGate::Verdict::kGoOn) ++answered;
  EXPECT_EQ(answered, static_cast<int>(LateGate::kQuestionsAtOnce));
}

}  // namespace
}  // namespace soarm
