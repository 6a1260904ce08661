#include "tests/adversary/play/action.h"

#include <array>
#include <charconv>
#include <cmath>

namespace soarm::adversary {
namespace {

constexpr int kDigits = 9;

}  // namespace

std::string PrintSpan(Time span) {
  const auto magnitude = static_cast<std::uint64_t>(span < 0 ? -span : span);
  std::string text = (span < 0 ? "-" : "") + std::to_string(magnitude / kSecond);
  std::string rest = std::to_string(magnitude % kSecond);
  rest.insert(0, kDigits - rest.size(), '0');
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  if (!rest.empty()) text += "." + rest;
  return text + "s";
}

bool ParseSpan(std::string_view text, Time& span) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  Time unit = kSecond;
  if (text.ends_with("ms")) {
    unit = 1'000'000;
    text.remove_suffix(2);
  } else if (text.ends_with("us")) {
    unit = 1'000;
    text.remove_suffix(2);
  } else if (text.ends_with('s')) {
    text.remove_suffix(1);
  } else {
    return false;
  }
  if (text.empty()) return false;
  Time value = 0;
  Time place = 0;  // of the next digit behind the point
  for (const char c : text) {
    if (c == '.' && place == 0) {
      place = unit / 10;
    } else if (c < '0' || c > '9') {
      return false;
    } else if (place == 0) {
      value = value * 10 + (c - '0') * unit;
    } else {
      value += (c - '0') * place;
      place /= 10;
      if (place == 0) break;  // below a nanosecond
    }
  }
  span = negative ? -value : value;
  return true;
}

std::string PrintNumber(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

bool ParseNumber(std::string_view text, double& value) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

std::vector<std::string> SplitList(std::string_view text, char by) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(by);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

const std::string* Action::Find(std::string_view key) const {
  for (const Argument& argument : arguments) {
    if (argument.first == key) return &argument.second;
  }
  return nullptr;
}

std::string_view Action::Text(std::string_view key, std::string_view otherwise) const {
  const std::string* text = Find(key);
  return text != nullptr ? std::string_view(*text) : otherwise;
}

double Action::Number(std::string_view key, double otherwise) const {
  double value = 0;
  return ParseNumber(Text(key), value) ? value : otherwise;
}

std::int64_t Action::Integer(std::string_view key, std::int64_t otherwise) const {
  const std::string_view text = Text(key);
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() ? value : otherwise;
}

Time Action::Span(std::string_view key, Time otherwise) const {
  Time value = 0;
  return ParseSpan(Text(key), value) ? value : otherwise;
}

Action& Action::With(std::string_view key, std::string_view text) {
  for (Argument& argument : arguments) {
    if (argument.first != key) continue;
    argument.second = text;
    return *this;
  }
  arguments.emplace_back(key, text);
  return *this;
}

Action& Action::WithNumber(std::string_view key, double value) {
  return With(key, PrintNumber(value));
}

Action& Action::WithInteger(std::string_view key, std::int64_t value) {
  return With(key, std::to_string(value));
}

Action& Action::WithSpan(std::string_view key, Time value) { return With(key, PrintSpan(value)); }

}  // namespace soarm::adversary
