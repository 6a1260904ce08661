#include "clients/cpp/link_meter.h"

#include <chrono>

#include <gtest/gtest.h>

namespace soarm::client {
namespace {

using std::chrono::milliseconds;

MonoTime At(int time_ms) { return MonoTime{} + std::chrono::hours(1) + milliseconds(time_ms); }

// Beats every 20 ms from 0 on, answered after these round trips.
LinkMeter Measured(const std::vector<int>& round_trips_ms) {
  LinkMeter meter;
  int sent_ms = 0;
  for (const int round_trip_ms : round_trips_ms) {
    meter.Sent();
    meter.Answered(At(sent_ms), At(sent_ms + round_trip_ms));
    sent_ms += 20;
  }
  return meter;
}

TEST(LinkMeterTest, PercentilesAreOfTheNearestRank) {
  LinkMeter meter;
  for (int i = 100; i >= 1; --i) {
    meter.Sent();
    meter.Answered(At(1000 - i), At(1000));
  }
  const LinkReport report = meter.Report(At(1000));
  EXPECT_EQ(report.p50, milliseconds(50));
  EXPECT_EQ(report.p95, milliseconds(95));
  EXPECT_EQ(report.p99, milliseconds(99));
  EXPECT_EQ(report.max, milliseconds(100));
}

TEST(LinkMeterTest, JitterIsThatOfTheRfc) {
  EXPECT_EQ(Measured({30, 30, 30}).Report(At(100)).jitter, Nanos(0));
  // 16/16, then less a sixteenth, and 16/16 of the way back.
  EXPECT_EQ(Measured({30, 46}).Report(At(100)).jitter, milliseconds(1));
  EXPECT_EQ(Measured({30, 46, 30}).Report(At(100)).jitter, Nanos(1'937'500));
}

TEST(LinkMeterTest, GapAndAgeEndWithTheAnswerThatEndsThem) {
  // Answers at 30, 50, 340, 350: 290 ms without one, when the newest answered was of 20.
  const LinkReport report = Measured({30, 30, 300, 290}).Report(At(350));
  EXPECT_EQ(report.longest_gap, milliseconds(290));
  EXPECT_EQ(report.age, milliseconds(320));
}

TEST(LinkMeterTest, WhatIsStillOutAtTheEndCounts) {
  LinkMeter meter = Measured({30, 30});
  EXPECT_EQ(meter.Report(At(900)).longest_gap, milliseconds(20)) << "nothing more was asked";
  meter.Sent();
  const LinkReport report = meter.Report(At(900));
  EXPECT_EQ(report.longest_gap, milliseconds(850));
  EXPECT_EQ(report.age, milliseconds(880));
}

TEST(LinkMeterTest, AnOlderAnswerThatComesLateDoesNotMakeTheNewestOld) {
  LinkMeter meter;
  meter.Answered(At(20), At(40));
  meter.Answered(At(0), At(50));
  meter.Answered(At(40), At(60));
  EXPECT_EQ(meter.Report(At(60)).age, milliseconds(40));
}

TEST(LinkMeterTest, AnOutageIsInNoFigureOfTheLink) {
  LinkMeter meter = Measured({30, 30});
  for (int i = 0; i < 3; ++i) meter.Sent();
  meter.Lost();  // in silence, which the outage turns out to have begun with
  meter.Outage();
  meter.Cut();
  meter.Cut();
  EXPECT_EQ(meter.Report(At(9000)).longest_gap, milliseconds(20)) << "while it is down";
  meter.Sent();
  meter.Answered(At(9000), At(9030));
  const LinkReport report = meter.Report(At(9030));
  EXPECT_EQ(report.outages, 1U);
  EXPECT_EQ(report.cut, 3U);
  EXPECT_EQ(report.lost, 0U);
  EXPECT_EQ(report.loss_percent, 0);
  EXPECT_EQ(report.longest_gap, milliseconds(20));
  EXPECT_EQ(report.age, milliseconds(50));
  EXPECT_EQ(report.ttl, Measured({30, 30}).Report(At(60)).ttl);
}

TEST(LinkMeterTest, TheTtlCoversTheAgeAndABeat) {
  // (200 + 20 + 50) * 1.1 + 10, up to the next 10.
  const LinkReport report = Measured({200, 200, 200}).Report(At(300));
  EXPECT_EQ(report.ttl, milliseconds(310));
  EXPECT_EQ(report.lease_ttl, milliseconds(700));
  EXPECT_EQ(report.late_percent, 0);
}

TEST(LinkMeterTest, ALinkThatBearsNoTtlIsSaidToAndHowManyWouldHaveBeenLate) {
  LinkMeter meter = Measured({200, 460, 200, 200});
  const LinkReport report = meter.Report(At(1000));
  EXPECT_EQ(report.ttl, std::nullopt);
  EXPECT_EQ(report.late_percent, 25);
  meter.Lost();
  EXPECT_EQ(meter.Report(At(1000)).late_percent, 40);
  EXPECT_EQ(meter.Report(At(1000)).loss_percent, 20);
  EXPECT_EQ(meter.Report(At(60'000)).lease_ttl, std::nullopt);
}

TEST(LinkMeterTest, NothingIsKnownWithoutAnAnswer) {
  LinkMeter meter;
  meter.Sent();
  meter.Lost();
  const LinkReport report = meter.Report(At(0));
  EXPECT_EQ(report.loss_percent, 100);
  EXPECT_EQ(report.ttl, std::nullopt);
  EXPECT_EQ(report.lease_ttl, std::nullopt);
}

TEST(LinkMeterTest, OldRoundTripsGiveWayToNewOnes) {
  LinkMeter meter;
  for (std::size_t i = 0; i < LinkMeter::kKept; ++i) meter.Answered(At(0), At(100));
  for (std::size_t i = 0; i < LinkMeter::kKept; ++i) meter.Answered(At(0), At(10));
  EXPECT_EQ(meter.Report(At(100)).p99, milliseconds(10));
  EXPECT_EQ(meter.Report(At(100)).max, milliseconds(100));
}

}  // namespace
}  // namespace soarm::client
