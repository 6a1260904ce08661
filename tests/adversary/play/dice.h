#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "tests/adversary/record/record.h"

namespace soarm::adversary {

// Chance, the same on every machine: the standard's distributions are not.
//
// Not thread-safe.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : words_(seed) {}

  std::uint64_t Word() { return words_(); }
  // 0 <= x < 1
  double Unit() { return static_cast<double>(words_() >> 11) / 9007199254740992.0; }
  bool Chance(double share) { return Unit() < share; }
  // 0 <= i < count
  std::size_t Below(std::size_t count) { return static_cast<std::size_t>(words_() % count); }
  double Between(double low, double high) { return low + (high - low) * Unit(); }
  // Even over the logarithm; both ends above 0. In whole milliseconds, or microseconds below that.
  Time Span(Time low, Time high);
  template <typename T>
  const T& Of(std::span<const T> choices) {
    return choices[Below(choices.size())];
  }
  template <typename T>
  T Of(std::initializer_list<T> choices) {
    return *(choices.begin() + Below(choices.size()));
  }
  // An index, as often as its weight says.
  std::size_t Weighted(std::span<const double> weights);

 private:
  std::mt19937_64 words_;
};

}  // namespace soarm::adversary
