#include "clients/tools/soarm/value_checks.h"

#include <charconv>
#include <cstdio>
#include <optional>
#include <system_error>

#include "clients/tools/soarm/text.h"
#include "common/base/clean_text.h"

namespace soarm::cli {
namespace {

constexpr std::size_t kLongestShown = 64;

}  // namespace

std::string CheckNumber(const std::string& text, double least, double most,
                        const std::string& unit) {
  const std::optional<double> value = ParseNumber(text);
  if (value && *value >= least && *value <= most) return {};
  char range[64];
  std::snprintf(range, sizeof range, "%g to %g", least, most);
  return "\"" + CleanText(text, kLongestShown) + "\" is not a number from " + range + unit;
}

std::string CheckCount(const std::string& text) {
  unsigned count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc() && end == text.data() + text.size() && count > 0) return {};
  return "\"" + CleanText(text, kLongestShown) + "\" is not a whole number from 1 on";
}

std::string CheckSpan(const std::string& text, Nanos least, Nanos most) {
  const std::optional<Nanos> span = ParseSpan(text, /*bare_seconds=*/false);
  if (span && *span >= least && *span <= most) return {};
  return "\"" + CleanText(text, kLongestShown) + "\" is not a time with its unit from " +
         Span(least) + " to " + Span(most) + ", e.g. 20ms";
}

std::string RefuseEmpty(const std::string& text) { return text.empty() ? "is empty" : ""; }

}  // namespace soarm::cli
