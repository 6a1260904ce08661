#include "server/front/life_sign.h"

#include <gtest/gtest.h>

#include "server/front/http2.h"

namespace soarm {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kBegan = FromNanos(1'000'000'000'000);

// What a client sends back of it.
std::string AnswerTo(const std::string& ping) { return ping.substr(ping.size() - kPingBytes); }

TEST(LifeSignTest, AnAnswerProvesTheMomentAtWhichItWasAskedFor) {
  LifeSign life(kBegan);
  EXPECT_TRUE(life.IsFresh(kBegan + 250ms));
  EXPECT_FALSE(life.IsFresh(kBegan + 251ms));
  const std::string answer = AnswerTo(life.Ask(kBegan + 1s));
  EXPECT_FALSE(life.IsFresh(kBegan + 1s)) << "not by asking";
  life.Hear(answer, kBegan + 3s);
  EXPECT_EQ(life.proved(), kBegan + 1s);
  EXPECT_FALSE(life.IsFresh(kBegan + 3s)) << "the network held it back";
}

TEST(LifeSignTest, TheQuickestOfTheLastWaysIsAllowedFor) {
  LifeSign life(kBegan);
  MonoTime now = kBegan;
  const auto answer = [&](Nanos after) {
    now += 1s;
    life.Hear(AnswerTo(life.Ask(now)), now + after);
  };
  answer(200ms);
  answer(900ms);
  EXPECT_TRUE(life.IsFresh(now + 250ms + 300ms));
  EXPECT_FALSE(life.IsFresh(now + 250ms + 301ms));
  for (int i = 0; i < 16; ++i) answer(10ms);
  EXPECT_FALSE(life.IsFresh(now + 250ms + 16ms));
  for (int i = 0; i < 16; ++i) answer(30s);
  EXPECT_FALSE(life.IsFresh(now + 2s)) << "no network is as slow as that";
}

TEST(LifeSignTest, NothingElseIsAnAnswer) {
  LifeSign life(kBegan);
  life.Ask(kBegan + 1s);
  life.Hear(std::string("\7\0\0\0\0\0\0\0", kPingBytes), kBegan + 1s);
  EXPECT_EQ(life.proved(), kBegan) << "to a ping of gRPC's";
  life.Hear("short", kBegan + 1s);
  EXPECT_EQ(life.proved(), kBegan);
  LifeSign other(kBegan);
  life.Hear(AnswerTo(other.Ask(kBegan + 2s)), kBegan + 3s);
  EXPECT_EQ(life.proved(), kBegan) << "to what was never asked";
}

TEST(LifeSignTest, AnOlderAnswerTakesNothingBack) {
  LifeSign life(kBegan);
  const std::string first = AnswerTo(life.Ask(kBegan + 1s));
  const std::string second = AnswerTo(life.Ask(kBegan + 2s));
  life.Hear(second, kBegan + 3s);
  life.Hear(first, kBegan + 3s);
  EXPECT_EQ(life.proved(), kBegan + 2s);
}

}  // namespace
}  // namespace soarm
