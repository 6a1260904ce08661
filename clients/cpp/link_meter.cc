#include "clients/cpp/link_meter.h"

#include <algorithm>
#include <cmath>

namespace soarm::client {
namespace {

using std::chrono::milliseconds;

constexpr Nanos kLongestLeaseTtl = std::chrono::seconds(60);
constexpr Nanos kShortestLeaseTtl = milliseconds(100);

Nanos RoundUp(Nanos value, Nanos step) { return (value + step - Nanos{1}) / step * step; }

// `sorted` is not empty.
Nanos Percentile(const std::vector<Nanos>& sorted, int percent) {
  const std::size_t rank = (sorted.size() * static_cast<std::size_t>(percent) + 99) / 100;
  return sorted[rank - 1];
}

double Share_percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void LinkMeter::Answered(MonoTime sent_at, MonoTime answered_at) {
  const Nanos round_trip = answered_at - sent_at;
  if (!begins_) {
    jitter_ns_ += (std::abs(static_cast<double>((round_trip - last_).count())) - jitter_ns_) / 16;
    longest_gap_ = std::max(longest_gap_, answered_at - answered_at_);
    age_ = std::max(age_, answered_at - newest_sent_at_);
  } else {
    age_ = std::max(age_, round_trip);
  }
  begins_ = false;
  lost_since_answer_ = 0;
  if (round_trip + kBeatPeriod > kLongestTtl) ++late_;
  if (round_trips_.size() < kKept) {
    round_trips_.push_back(round_trip);
  } else {
    round_trips_[answered_ % kKept] = round_trip;
  }
  ++answered_;
  last_ = round_trip;
  max_ = std::max(max_, round_trip);
  answered_at_ = answered_at;
  newest_sent_at_ = std::max(newest_sent_at_, sent_at);
}

void LinkMeter::Outage() {
  ++outages_;
  cut_ += lost_since_answer_;
  lost_ -= lost_since_answer_;
  lost_since_answer_ = 0;
  begins_ = true;
}

LinkReport LinkMeter::Report(MonoTime now) const {
  LinkReport report;
  report.sent = sent_;
  report.answered = answered_;
  report.lost = lost_;
  report.cut = cut_;
  report.outages = outages_;
  report.loss_percent = Share_percent(lost_, answered_ + lost_);
  report.late_percent = Share_percent(late_ + lost_, answered_ + lost_);
  if (answered_ == 0) return report;
  std::vector<Nanos> sorted = round_trips_;
  std::ranges::sort(sorted);
  report.p50 = Percentile(sorted, 50);
  report.p95 = Percentile(sorted, 95);
  report.p99 = Percentile(sorted, 99);
  report.max = max_;
  report.jitter = Nanos(std::llround(jitter_ns_));
  // Who waits for an answer at the end has not had it for that long already.
  const bool waits = !begins_ && (sent_ > answered_ + lost_ + cut_ || lost_ > 0);
  report.longest_gap = waits ? std::max(longest_gap_, now - answered_at_) : longest_gap_;
  report.age = waits ? std::max(age_, now - newest_sent_at_) : age_;

  const Nanos needed = report.age + kBeatPeriod;
  const Nanos ttl = RoundUp(needed + needed / 10 + milliseconds(10), milliseconds(10));
  if (ttl <= kLongestTtl) report.ttl = ttl;
  const Nanos lease = RoundUp(std::max(3 * report.age, kShortestLeaseTtl), milliseconds(100));
  if (lease <= kLongestLeaseTtl) report.lease_ttl = lease;
  return report;
}

}  // namespace soarm::client
