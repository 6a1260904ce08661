#include "tests/adversary/play/dice.h"

#include <cmath>

namespace soarm::adversary {

Time Dice::Span(Time low, Time high) {
  const double log_low = std::log(static_cast<double>(low));
  const double log_high = std::log(static_cast<double>(high));
  const auto span = static_cast<Time>(std::exp(Between(log_low, log_high)));
  const Time grain = span >= 1'000'000 ? 1'000'000 : 1'000;
  return span / grain * grain;
}

std::size_t Dice::Weighted(std::span<const double> weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  double rest = Unit() * sum;
  for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
    rest -= weights[i];
    if (rest < 0) return i;
  }
  return weights.size() - 1;
}

}  // namespace soarm::adversary
