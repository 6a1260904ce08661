#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/time/clock.h"

namespace soarm::client {

// What a link is like, and what it bears. Of beats i that were sent at t(i) and answered at r(i):
//
//   round trip    R(i) = r(i) - t(i); percentiles by nearest rank: p of n is the ceil(p*n)-th
//                 smallest, of the newest 100,000 answered beats
//   jitter        of RFC 3550, 6.4.1, on round trips, in the order of the answers: with
//                 D = R(i) - R(i-1), J += (|D| - J) / 16
//   loss          the share of the beats that were not answered within the patience, or failed
//   longest gap   the longest time from one answer to the next; from the last one to the end of
//                 the measurement where that is longer and beats are still out
//   age           the longest time that the newest beat answered was the newest, from its sending:
//                 the peak of r(next) - t(newest). What is known at the end of a round trip is
//                 never older than that ("age of information": Kaul, Yates, Gruteser, INFOCOM 2012)
struct LinkReport {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t lost = 0;
  std::uint64_t cut = 0;      // ended by an outage; what is none of these is still out
  std::uint64_t outages = 0;  // times in which there was no connection
  Nanos p50{}, p95{}, p99{}, max{};
  Nanos jitter{};
  Nanos longest_gap{};
  Nanos age{};
  double loss_percent = 0;  // of answered and lost

  // What follows says what commands that are sent at the beats' rate need. A command's ttl counts
  // from when the daemon sent the beat that it echoes: one round trip, and as long as that beat was
  // the newest here, 50 ms at most.

  // The shortest ttl with which none would have expired before its successor came, a tenth and
  // 10 ms more, up to the next 10 ms; nothing where that is above 500 ms, the longest granted.
  std::optional<Nanos> ttl;
  // At a ttl of 500 ms, so many commands would have been too old on arrival, with the lost ones.
  double late_percent = 0;
  // A lease is renewed three times in its ttl, and each renewal waits a third of it: three times
  // the age, 100 ms at least, up to the next 100 ms; nothing above 60 s, the longest granted.
  std::optional<Nanos> lease_ttl;
};

// Pure: times are passed in. Beats may be answered in any order.
//
// Threads  one.
class LinkMeter {
 public:
  static constexpr std::size_t kKept = 100'000;
  static constexpr Nanos kBeatPeriod = std::chrono::milliseconds(50);
  static constexpr Nanos kLongestTtl = std::chrono::milliseconds(500);

  void Sent() { ++sent_; }
  void Answered(MonoTime sent_at, MonoTime answered_at);
  void Lost() {
    ++lost_;
    ++lost_since_answer_;
  }
  // The connection is down, of which what was lost since the last answer was the beginning. Nothing
  // of it counts as the link's: the next answer is as the first one.
  void Outage();
  // A beat that ended because of that.
  void Cut() { ++cut_; }

  LinkReport Report(MonoTime now) const;

 private:
  std::uint64_t sent_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t lost_since_answer_ = 0;
  std::uint64_t cut_ = 0;
  std::uint64_t outages_ = 0;
  bool begins_ = true;              // no answer yet since the connection is up
  std::uint64_t late_ = 0;          // too old at the longest ttl
  std::vector<Nanos> round_trips_;  // the newest kKept, as a ring
  Nanos last_{};
  Nanos max_{};
  double jitter_ns_ = 0;
  Nanos longest_gap_{};
  Nanos age_{};
  MonoTime answered_at_{};
  MonoTime newest_sent_at_{};  // of the beats that are answered
};

}  // namespace soarm::client
