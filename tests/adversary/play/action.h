#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/adversary/record/record.h"

namespace soarm::adversary {

// Who does something in a play.
enum class Actor : std::uint8_t { kClient, kWorld, kProcess };

// One thing done in a play, as its script says it:
//
//   t=1.25s client 2 stream group=arm shoulder_pan=1.2 rate=50 ttl=200ms for=1s
//   t=2s world block joint=shoulder_pan at=0.3
//   t=3s process kill
//
// Arguments are texts, so that a script is printed and read back without loss; what they mean is
// for whoever performs them.
struct Action {
  using Argument = std::pair<std::string, std::string>;

  Time at = 0;
  Actor actor = Actor::kClient;
  int client = 0;  // kClient
  std::string verb;
  std::vector<Argument> arguments;

  bool Has(std::string_view key) const { return Find(key) != nullptr; }
  // The argument of that name; without one, or where it does not parse, what is given.
  std::string_view Text(std::string_view key, std::string_view otherwise = {}) const;
  double Number(std::string_view key, double otherwise) const;
  std::int64_t Integer(std::string_view key, std::int64_t otherwise) const;
  Time Span(std::string_view key, Time otherwise) const;

  // The same, for writing one.
  Action& With(std::string_view key, std::string_view text);
  Action& WithNumber(std::string_view key, double value);
  Action& WithInteger(std::string_view key, std::int64_t value);
  Action& WithSpan(std::string_view key, Time value);

  friend bool operator==(const Action&, const Action&) = default;

 private:
  const std::string* Find(std::string_view key) const;
};

// By `at`; what happens at the same time keeps its order. For lists that are nearly sorted.
template <typename T>
void SortByTime(std::vector<T>& items) {
  for (auto item = items.begin(); item != items.end(); ++item) {
    const auto place = std::upper_bound(items.begin(), item, item->at,
                                        [](Time at, const T& other) { return at < other.at; });
    std::rotate(place, item, item + 1);
  }
}

// "1.25s", to the nanosecond; "0.5", "nan", "1e-300", to the last bit. Parsing accepts "ms" too.
std::string PrintSpan(Time span);
bool ParseSpan(std::string_view text, Time& span);
std::string PrintNumber(double value);
bool ParseNumber(std::string_view text, double& value);

// "a,b" -> a, b; empty -> none.
std::vector<std::string> SplitList(std::string_view text, char by = ',');

}  // namespace soarm::adversary
