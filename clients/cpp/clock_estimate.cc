#include "clients/cpp/clock_estimate.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace soarm::client {
namespace {

constexpr Nanos kBucket = std::chrono::seconds(1);
constexpr Nanos kWindow = kBucket * static_cast<int>(ClockEstimate::kWindow_s);

double Away_ns(MonoTime a, MonoTime b) { return static_cast<double>(std::abs((a - b).count())); }

}  // namespace

void ClockEstimate::Reset() {
  count_ = first_ = 0;
  drift_ = {};
}

void ClockEstimate::Add(const ClockExchange& exchange) {
  const std::int64_t away = (exchange.back - exchange.sent).count();
  const std::int64_t there = exchange.answered_ns - exchange.received_ns;
  if (away < 0 || there < 0 || there > away) return;
  const std::int64_t there_ahead = exchange.received_ns - ToNanos(exchange.sent);
  const std::int64_t back_ahead = exchange.answered_ns - ToNanos(exchange.back);
  // Halves of each, as their sum may not fit.
  const Best best{.at = exchange.sent + Nanos(away / 2),
                  .offset_ns = back_ahead + (there_ahead - back_ahead) / 2,
                  .round_trip_ns = away - there};
  if (const auto known = At(best.at); known && Contradicts(best, *known)) Reset();
  while (count_ > 0 && best.at - at(0).at > kWindow) {
    first_ = (first_ + 1) % kWindow_s;
    --count_;
  }
  if (count_ > 0) {
    Best& newest = kept_[(first_ + count_ - 1) % kWindow_s];
    const bool same_second =
        newest.at.time_since_epoch() / kBucket == best.at.time_since_epoch() / kBucket;
    if (same_second) {
      if (best.round_trip_ns < newest.round_trip_ns) newest = best;
      drift_ = FindDrift();
      return;
    }
  }
  if (count_ == kWindow_s) {
    first_ = (first_ + 1) % kWindow_s;
    --count_;
  }
  kept_[(first_ + count_++) % kWindow_s] = best;
  drift_ = FindDrift();
}

bool ClockEstimate::Contradicts(const Best& best, const ClockReading& known) {
  const auto apart = static_cast<double>(best.offset_ns - known.offset.count());
  return std::abs(apart) > best.half() + static_cast<double>(known.uncertainty.count());
}

// Of the two halves of the window, the exchanges with the shortest round trips.
ClockEstimate::Drift ClockEstimate::FindDrift() const {
  if (count_ < 2) return {};
  const std::size_t middle = count_ / 2;
  const auto shortest = [this](std::size_t from, std::size_t to) {
    std::size_t best = from;
    for (std::size_t i = from; i < to; ++i) {
      if (at(i).round_trip_ns <= at(best).round_trip_ns) best = i;
    }
    return at(best);
  };
  const Best early = shortest(0, middle);
  const Best late = shortest(middle, count_);
  const double between = Away_ns(late.at, early.at);
  if (between <= 0) return {};
  const double rate = static_cast<double>(late.offset_ns - early.offset_ns) / between;
  const double wrong_by = std::max(kLeastDrift, (early.half() + late.half()) / between);
  if (wrong_by >= kMostDrift || std::abs(rate) > kMostDrift + wrong_by) return {};
  return {rate, wrong_by};
}

std::optional<ClockReading> ClockEstimate::At(MonoTime now) const {
  if (count_ == 0) return std::nullopt;
  const Best* best = nullptr;
  double least = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    const double wrong_by = at(i).half() + drift_.wrong_by * Away_ns(now, at(i).at);
    if (best != nullptr && wrong_by >= least) continue;
    best = &at(i);
    least = wrong_by;
  }
  const double since = static_cast<double>((now - best->at).count());
  return ClockReading{.offset = Nanos(best->offset_ns + std::llround(drift_.rate * since)),
                      .uncertainty = Nanos(static_cast<std::int64_t>(std::ceil(least))),
                      .round_trip = Nanos(best->round_trip_ns),
                      .drift_ppm = drift_.rate * 1e6};
}

}  // namespace soarm::client
