#include "clients/tools/soarm/stop_words.h"

#include <algorithm>

namespace soarm::cli {
namespace {

std::string Lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

}  // namespace

bool IsStop(const std::string& word) { return Lowered(word) == "stop"; }

bool IsNearlyStop(const std::string& word) {
  const std::string typed = Lowered(word);
  const std::string stop = "stop";
  if (typed.size() + 1 < stop.size() || typed.size() > stop.size() + 1) return false;
  std::size_t front = 0;
  while (front < std::min(typed.size(), stop.size()) && typed[front] == stop[front]) ++front;
  const auto rest_is = [&](std::size_t of_typed, std::size_t of_stop) {
    return of_typed <= typed.size() && of_stop <= stop.size() &&
           typed.substr(of_typed) == stop.substr(of_stop);
  };
  const bool swapped = front + 1 < typed.size() && front + 1 < stop.size() &&
                       typed[front] == stop[front + 1] && typed[front + 1] == stop[front];
  return rest_is(front + 1, front) || rest_is(front, front + 1) || rest_is(front + 1, front + 1) ||
         (swapped && rest_is(front + 2, front + 2));
}

std::string OptionWithoutValue(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] != "--level" && arguments[i] != "--reason") continue;
    const bool is_last = i + 1 == arguments.size();
    if (is_last || arguments[i + 1].starts_with("--")) return arguments[i] + " without a value";
  }
  return {};
}

}  // namespace soarm::cli
