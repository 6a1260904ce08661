#include "server/front/pairing_window.h"

#include <gtest/gtest.h>

#include "common/base/problem.h"

namespace soarm {
namespace {

constexpr MonoTime kOpened = FromNanos(1'000'000'000'000);
constexpr MonoTime kEnd = kOpened + std::chrono::minutes(2);

std::string ReasonOf(const absl::Status& status) {
  return status.ok() ? "" : ProblemOf(status).reason;
}

TEST(PairingWindowTest, TakesItsSecretOnceAndAgainIfNothingCameOfIt) {
  PairingWindow window(ClientRole::kViewer, kEnd);
  EXPECT_TRUE(window.Take(window.secret(), kOpened).ok());
  EXPECT_EQ(ReasonOf(window.Take(window.secret(), kOpened)), "PAIRING_CLOSED");
  EXPECT_FALSE(window.IsOver(kOpened)) << "somebody is being answered";
  window.Return(absl::UnavailableError("the disk is full"));
  EXPECT_EQ(window.State(kOpened).failure, absl::UnavailableError("the disk is full"));
  EXPECT_TRUE(window.State(kOpened).open);
  EXPECT_TRUE(window.Take(window.secret(), kOpened).ok());
  window.Paired({});
  EXPECT_TRUE(window.IsOver(kOpened));
  EXPECT_TRUE(window.State(kOpened).paired);
  EXPECT_TRUE(window.State(kOpened).failure.ok()) << "it went well in the end";
  EXPECT_EQ(ReasonOf(window.Take(window.secret(), kOpened)), "PAIRING_CLOSED");
}

TEST(PairingWindowTest, IsShutByFiveWrongSecretsAndNotByFour) {
  PairingWindow window(ClientRole::kViewer, kEnd);
  for (int i = 0; i < 4; ++i) {
    const absl::Status refused = window.Take("no", kOpened);
    EXPECT_EQ(ReasonOf(refused), "WRONG_SECRET");
    EXPECT_EQ(ProblemOf(refused).facts.at("tries_left"), std::to_string(4 - i));
  }
  EXPECT_EQ(window.State(kOpened).tries_left, 1);
  EXPECT_EQ(ReasonOf(window.Take("", kOpened)), "WRONG_SECRET");
  EXPECT_EQ(ReasonOf(window.Take(window.secret(), kOpened)), "PAIRING_CLOSED");
  EXPECT_NE(window.State(kOpened).ended, "");
}

TEST(PairingWindowTest, IsShutByTimeAndByHand) {
  PairingWindow late(ClientRole::kViewer, kEnd);
  EXPECT_TRUE(late.State(kEnd - Nanos(1)).open);
  EXPECT_EQ(ReasonOf(late.Take(late.secret(), kEnd)), "PAIRING_CLOSED");
  EXPECT_NE(late.State(kEnd).ended, "");
  PairingWindow closed(ClientRole::kViewer, kEnd);
  closed.Close();
  EXPECT_EQ(ReasonOf(closed.Take(closed.secret(), kOpened)), "PAIRING_CLOSED");
}

TEST(PairingWindowTest, SecretsAreLongAndNew) {
  const PairingWindow one(ClientRole::kViewer, kEnd);
  const PairingWindow other(ClientRole::kViewer, kEnd);
  EXPECT_NE(one.secret(), other.secret());
  EXPECT_EQ(one.secret().size(), 22u);  // 128 bits
}

}  // namespace
}  // namespace soarm
