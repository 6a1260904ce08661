#include "clients/tools/soarm/stop_words.h"

#include <algorithm>
#include <string_view>

namespace soarm::cli {
namespace {

constexpr std::string_view kStop = "stop";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kServer = "--server";
constexpr std::string_view kServerIs = "--server=";

std::string Lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

}  // namespace

bool IsStop(const std::string& word) {
  const std::string typed = Lowered(word);
  const std::size_t first = typed.find_first_not_of(kBlanks);
  if (first == std::string::npos) return false;
  return typed.substr(first, typed.find_last_not_of(kBlanks) - first + 1) == kStop;
}

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

std::string CommandOf(const std::vector<std::string>& arguments) {
  std::string last_value;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == kServer) {
      if (i + 1 < arguments.size()) last_value = arguments[++i];
    } else if (!arguments[i].starts_with("-")) {
      return arguments[i];
    }
  }
  return IsStop(last_value) ? last_value : std::string();
}

std::string LastServer(const std::vector<std::string>& arguments) {
  std::string server;
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    if (arguments[i].starts_with(kServerIs)) server = arguments[i].substr(kServerIs.size());
    if (arguments[i] != kServer || i + 1 == arguments.size()) continue;
    if (!arguments[i + 1].starts_with("-") && !IsStop(arguments[i + 1])) server = arguments[i + 1];
  }
  return server;
}

bool IsServerMissing(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    if (arguments[i] == kServerIs) return true;
    if (arguments[i] != kServer) continue;
    const std::string value = i + 1 < arguments.size() ? arguments[i + 1] : std::string();
    if (value.empty() || value.starts_with("-")) return true;
  }
  return false;
}

std::string MeantAsStop(const std::string& command, const std::vector<std::string>& arguments) {
  if (IsNearlyStop(command)) return command;
  for (const std::string& argument : arguments) {
    if (!argument.starts_with("-")) continue;
    const std::size_t word = argument.find_first_not_of('-');
    if (word == std::string::npos) continue;
    const std::string plain = argument.substr(word);
    if (IsStop(plain) || IsNearlyStop(plain)) return argument;
  }
  return {};
}

std::string OptionWithoutValue(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] != "--level" && arguments[i] != "--reason") continue;
    const bool is_last = i + 1 == arguments.size();
    if (is_last || arguments[i + 1].starts_with("--")) return arguments[i] + " without a value";
  }
  return IsServerMissing(arguments) ? "--server without a value" : std::string();
}

}  // namespace soarm::cli
