#include "clients/tools/soarm/text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "common/base/units.h"

namespace soarm::cli {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
char Upper(char c) { return IsLower(c) ? static_cast<char>(c - 'a' + 'A') : c; }
char Lower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string Fixed(double value, int decimals) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  std::string text(buffer);
  if (text.find_first_not_of("-0.") == std::string::npos && text[0] == '-') text.erase(0, 1);
  return text;
}

std::string Degrees(double rad) { return Fixed(rad * kDegPerRad, 1) + "°"; }

std::string Span(Nanos span) {
  const double seconds = ToSeconds(span);
  if (seconds < 1.0) return Fixed(seconds * 1e3, 0) + " ms";
  if (seconds < 60.0) return Fixed(seconds, 1) + " s";
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole < 3600) {
    return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  }
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

std::optional<double> ParseNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<Nanos> ParseSpan(std::string_view text, bool bare_seconds) {
  static constexpr std::array<std::pair<std::string_view, double>, 5> kUnits{
      {{"ns", 1.0}, {"us", 1e3}, {"ms", 1e6}, {"min", 60e9}, {"s", 1e9}}};
  double factor = bare_seconds ? 1e9 : 0.0;
  for (const auto& [unit, nanos] : kUnits) {
    if (!text.ends_with(unit)) continue;
    factor = nanos;
    text.remove_suffix(unit.size());
    break;
  }
  const std::optional<double> number = ParseNumber(text);
  constexpr double kLongest = 1e18;  // 31 years; beyond it 64 bits of nanoseconds overflow
  if (!number || factor == 0.0 || std::abs(*number * factor) > kLongest) return std::nullopt;
  return Nanos(static_cast<std::int64_t>(std::llround(*number * factor)));
}

std::string ToUpperSnake(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '-' ? '_' : Upper(c);
  return out;
}

std::string ToKebab(std::string_view pascal) {
  std::string out;
  for (const char c : pascal) {
    if (IsUpper(c) && !out.empty()) out += '-';
    out += c == '_' ? '-' : Lower(c);
  }
  return out;
}

std::string ToPascal(std::string_view kebab) {
  std::string out;
  bool start = true;
  for (const char c : kebab) {
    if (c == '-' || c == '_') {
      start = true;
      continue;
    }
    out += start ? Upper(c) : c;
    start = false;
  }
  return out;
}

}  // namespace soarm::cli
