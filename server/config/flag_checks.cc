#include "server/config/flag_checks.h"

#include <sstream>

#include "common/base/clean_text.h"
#include "common/base/listen_address.h"
#include "common/base/name_rule.h"

namespace soarm {

NamedValue SplitName(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::string CheckNamedPath(const std::string& text) {
  const NamedValue named = SplitName(text);
  if (text.find('=') != std::string::npos && !IsName(named.name)) {
    return "\"" + named.name + "\" is not a name; " + std::string(kNameRule);
  }
  if (named.value.empty()) return "\"" + text + "\" names no path; write [NAME=]PATH";
  return "";
}

std::string CheckNotEmpty(const std::string& text) {
  return text.empty() ? "it names nothing; name one, or leave the flag out" : "";
}

std::string CheckAddress(const std::string& text) {
  const auto read = ParseListenAddress(text);
  const auto* bad = std::get_if<BadAddress>(&read);
  return bad != nullptr ? "\"" + text + "\" " + bad->what + "; " + bad->fix : "";
}

CLI::IsMember Among(const std::vector<std::string>& words) {
  CLI::IsMember check(words);
  check.description("");
  return check;
}

std::optional<FlagExit> RunParser(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = app.exit(error, out, err);
    return FlagExit{code == 0 ? 0 : 2, out.str(), CleanLines(err.str())};
  }
}

}  // namespace soarm
