#include "server/core/register_fact.h"

#include <cmath>
#include <cstdio>

namespace soarm {
namespace {

std::string_view Words(RegisterFact::Bound bound) {
  switch (bound) {
    case RegisterFact::Bound::kExactly:
      return "";
    case RegisterFact::Bound::kAtLeast:
      return "at least ";
    case RegisterFact::Bound::kAtMost:
      return "at most ";
  }
  return "";
}

// Digits behind the point that a count of this worth needs, and no more.
int DigitsOf(double unit) {
  int digits = 0;
  while (digits < 4 && std::abs(unit - std::round(unit)) > 1e-9) {
    unit *= 10;
    ++digits;
  }
  return digits;
}

}  // namespace

std::string InUnits(const RegisterFact& fact, std::int32_t counts) {
  char number[40];
  std::snprintf(number, sizeof number, "%.*f", DigitsOf(fact.unit), counts * fact.unit);
  std::string text = number;
  if (!fact.unit_name.empty()) text += " " + std::string(fact.unit_name);
  return text;
}

std::string InWords(const RegisterFact& fact) {
  if (!fact.any()) return "";
  std::string text = std::string(fact.name) + " (register " + std::to_string(fact.address) +
                     "): found " + InUnits(fact, fact.found) + ", wanted " +
                     std::string(Words(fact.bound)) + InUnits(fact, fact.wanted);
  if (!fact.meaning.empty()) text += "; " + std::string(fact.meaning);
  return text;
}

}  // namespace soarm
