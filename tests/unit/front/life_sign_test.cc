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
  life.Hear(answer);
  EXPECT_EQ(life.proved(), kBegan + 1s);
  EXPECT_FALSE(life.IsFresh(kBegan + 3s)) << "the network held it back";
}

TEST(LifeSignTest, NothingElseIsAnAnswer) {
  LifeSign life(kBegan);
  life.Ask(kBegan + 1s);
  life.Hear(std::string("\7\0\0\0\0\0\0\0", kPingBytes));
  EXPECT_EQ(life.proved(), kBegan) << "to a ping of gRPC's";
  life.Hear("short");
  EXPECT_EQ(life.proved(), kBegan);
  LifeSign other(kBegan);
  life.Hear(AnswerTo(other.Ask(kBegan + 2s)));
  EXPECT_EQ(life.proved(), kBegan) << "to what was never asked";
}

TEST(LifeSignTest, AnOlderAnswerTakesNothingBack) {
  LifeSign life(kBegan);
  const std::string first = AnswerTo(life.Ask(kBegan + 1s));
  const std::string second = AnswerTo(life.Ask(kBegan + 2s));
  life.Hear(second);
  life.Hear(first);
  EXPECT_EQ(life.proved(), kBegan + 2s);
}

}  // namespace
}  // namespace soarm
