#include "clients/cpp/clock_estimate.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace soarm::client {
namespace {

using namespace std::chrono_literals;

// Two clocks that run apart, and the link between them.
class Link {
 public:
  Link(Nanos ahead, double drift_ppm) : ahead_(ahead), drift_ppm_(drift_ppm) {}

  // The daemon's clock at a time of ours.
  std::int64_t There(MonoTime at) const {
    const auto since = static_cast<double>((at - kStart).count());
    return ToNanos(at) + ahead_.count() + std::llround(since * drift_ppm_ * 1e-6);
  }
  ClockExchange Exchange(MonoTime at, Nanos out, Nanos inside, Nanos back) const {
    return {at, There(at + out), There(at + out + inside), at + out + inside + back};
  }
  Nanos Ahead(MonoTime at) const { return Nanos(There(at) - ToNanos(at)); }

  static constexpr MonoTime kStart = FromNanos(5'000'000'000);

 private:
  Nanos ahead_;
  double drift_ppm_;
};

TEST(ClockEstimateTest, KnowsNothingBeforeTheFirstExchange) {
  EXPECT_FALSE(ClockEstimate().At(Link::kStart).has_value());
}

TEST(ClockEstimateTest, IsRightToHalfOfTheRoundTrip) {
  const Link link(50ms, 0);
  ClockEstimate estimate;
  const ClockExchange exchange = link.Exchange(Link::kStart, 100us, 30us, 300us);
  estimate.Add(exchange);
  const ClockReading reading = *estimate.At(exchange.back);
  EXPECT_EQ(reading.round_trip, 400us);
  EXPECT_EQ(reading.offset, 50ms - 100us);  // half of what the ways differ by
  EXPECT_GE(reading.uncertainty, 200us);
  EXPECT_LE(reading.uncertainty, 201us);
}

TEST(ClockEstimateTest, TheShortestRoundTripCounts) {
  const Link link(-3s, 0);
  ClockEstimate estimate;
  estimate.Add(link.Exchange(Link::kStart, 40ms, 0us, 2ms));
  estimate.Add(link.Exchange(Link::kStart + 100ms, 100us, 0us, 100us));
  estimate.Add(link.Exchange(Link::kStart + 200ms, 1ms, 0us, 40ms));
  const ClockReading reading = *estimate.At(Link::kStart + 250ms);
  EXPECT_EQ(reading.offset, -3s);
  EXPECT_EQ(reading.round_trip, 200us);
}

TEST(ClockEstimateTest, WhatItKnowsAgesUntilTheDriftIsKnown) {
  const Link link(1ms, 0);
  ClockEstimate estimate;
  estimate.Add(link.Exchange(Link::kStart, 100us, 0us, 100us));
  const Nanos fresh = estimate.At(Link::kStart)->uncertainty;
  const Nanos old = estimate.At(Link::kStart + 10s)->uncertainty;
  EXPECT_NEAR(static_cast<double>((old - fresh).count()), 10e6, 1e3);  // 1000 ppm
}

// Offset, drift, jitter and one way slower than the other: always within what it says. A way
// that takes 2 ms more on average is worth as much after five seconds, and a tenth of it later.
TEST(ClockEstimateTest, SaysHowWrongItMayBeAndIsNotWronger) {
  std::minstd_rand dice(1);
  std::exponential_distribution<double> jitter_ms(1 / 2.0);
  const auto late = [&](Nanos least) {
    return least + Nanos(static_cast<std::int64_t>(jitter_ms(dice) * 1e6));
  };
  for (const double drift_ppm : {0.0, 50.0, -200.0}) {
    const Link link(-50ms, drift_ppm);
    ClockEstimate estimate;
    Nanos worst_after_5s{0};
    for (int i = 0; i < 600; ++i) {
      const MonoTime at = Link::kStart + i * 200ms;
      estimate.Add(link.Exchange(at, late(300us), 20us, late(400us)));
      for (const Nanos later : {10ms, 190ms}) {
        const MonoTime now = at + later;
        if (now < at + 20ms) continue;
        const ClockReading reading = *estimate.At(now);
        const Nanos wrong = reading.offset - link.Ahead(now);
        ASSERT_LE(std::abs(wrong.count()), reading.uncertainty.count() + 1) << i;
        if (i >= 25) worst_after_5s = std::max(worst_after_5s, Nanos(std::abs(wrong.count())));
      }
    }
    EXPECT_LE(worst_after_5s, 2ms);
    const ClockReading last = *estimate.At(Link::kStart + 120s);
    EXPECT_NEAR(last.drift_ppm, drift_ppm, 30);
    EXPECT_LE(std::abs((last.offset - link.Ahead(Link::kStart + 120s)).count()), 200'000);
  }
}

TEST(ClockEstimateTest, ImpossibleStampsAreIgnored) {
  const Link link(1ms, 0);
  ClockEstimate estimate;
  ClockExchange exchange = link.Exchange(Link::kStart, 100us, 50us, 100us);
  std::swap(exchange.sent, exchange.back);
  estimate.Add(exchange);
  EXPECT_FALSE(estimate.At(Link::kStart).has_value()) << "back before it was sent";
  exchange = link.Exchange(Link::kStart, 100us, 50us, 100us);
  std::swap(exchange.received_ns, exchange.answered_ns);
  estimate.Add(exchange);
  EXPECT_FALSE(estimate.At(Link::kStart).has_value()) << "answered before it came";
  exchange = link.Exchange(Link::kStart, 100us, 50us, 100us);
  exchange.answered_ns += 1'000'000;
  estimate.Add(exchange);
  EXPECT_FALSE(estimate.At(Link::kStart).has_value()) << "longer there than away";
}

TEST(ClockEstimateTest, ForgetsWhatIsOlderThanItsWindow) {
  ClockEstimate estimate;
  estimate.Add(Link(1ms, 0).Exchange(Link::kStart, 1us, 0us, 1us));
  const MonoTime later = Link::kStart + 100s;
  estimate.Add(Link(7ms, 0).Exchange(later, 5ms, 0us, 5ms));  // stepped, by a bad machine
  EXPECT_EQ(estimate.At(later)->offset, 7ms);
}

// This machine slept: its clock stood, the daemon's went on, and nothing else tells of it.
TEST(ClockEstimateTest, AnExchangeThatContradictsWhatIsKnownBeginsAnew) {
  ClockEstimate estimate;
  const MonoTime start = Link::kStart;
  for (int i = 0; i < 10; ++i) {
    estimate.Add(Link(1ms, 0).Exchange(start + i * 1s, 50us, 0us, 50us));
  }
  estimate.Add(Link(21s, 0).Exchange(start + 10s, 5ms, 0us, 5ms));
  const ClockReading reading = *estimate.At(start + 10s);
  EXPECT_EQ(reading.offset, 21s);
  EXPECT_EQ(reading.drift_ppm, 0);
}

// A slow link is not a contradiction.
TEST(ClockEstimateTest, AnExchangeThatIsMerelyWorseChangesNothing) {
  const Link link(1ms, 0);
  ClockEstimate estimate;
  estimate.Add(link.Exchange(Link::kStart, 50us, 0us, 50us));
  estimate.Add(link.Exchange(Link::kStart + 2s, 300ms, 0us, 0us));
  EXPECT_EQ(estimate.At(Link::kStart + 2s)->offset, 1ms);
}

TEST(ClockEstimateTest, AnotherClockBeginsAnew) {
  ClockEstimate estimate;
  estimate.Add(Link(1ms, 0).Exchange(Link::kStart, 1us, 0us, 1us));
  estimate.Reset();
  EXPECT_FALSE(estimate.At(Link::kStart).has_value());
}

}  // namespace
}  // namespace soarm::client
