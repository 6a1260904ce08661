#include "server/front/life_sign.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kBegan = FromNanos(1'000'000'000'000);

Http2Frame AnswerTo(const std::string& ping) {
  FrameCursor cursor(0);
  std::string_view bytes = ping;
  Http2Frame frame = *cursor.Next(bytes);
  frame.flags = kAckFlag;
  return frame;
}

TEST(LifeSignTest, AnAnswerProvesTheMomentAtWhichItWasAskedFor) {
  LifeSign life(kBegan);
  EXPECT_TRUE(life.IsFresh(kBegan + 250ms));
  EXPECT_FALSE(life.IsFresh(kBegan + 251ms));
  const Http2Frame answer = AnswerTo(life.Ask(kBegan + 1s));
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
  Http2Frame frame = AnswerTo(life.Ask(kBegan + 1s));
  frame.flags = 0;
  life.Hear(frame, kBegan + 1s);
  EXPECT_EQ(life.proved(), kBegan) << "a ping of its own";
  Http2Frame counted{.type = kPingFrame, .flags = kAckFlag, .payload = {7}};
  life.Hear(counted, kBegan + 1s);
  EXPECT_EQ(life.proved(), kBegan) << "to a ping of gRPC's";
  LifeSign other(kBegan);
  life.Hear(AnswerTo(other.Ask(kBegan + 2s)), kBegan + 3s);
  EXPECT_EQ(life.proved(), kBegan) << "to what was never asked";
}

TEST(LifeSignTest, AnOlderAnswerTakesNothingBack) {
  LifeSign life(kBegan);
  const Http2Frame first = AnswerTo(life.Ask(kBegan + 1s));
  const Http2Frame second = AnswerTo(life.Ask(kBegan + 2s));
  life.Hear(second, kBegan + 3s);
  life.Hear(first, kBegan + 3s);
  EXPECT_EQ(life.proved(), kBegan + 2s);
}

}  // namespace
}  // namespace soarm
