#include "server/config/config_error.h"

#include <limits>

#include "common/base/clean_text.h"

namespace soarm {

std::string ConfigError::Text() const {
  std::string text;
  if (!file.empty()) text += file + ":";
  if (line > 0) text += std::to_string(line) + ":";
  if (!text.empty()) text += " ";
  if (!path.empty()) text += path + ": ";
  text += message;
  if (!fix.empty()) text += "; " + fix;
  return text;
}

std::string Format(const ConfigErrors& errors) {
  std::string text;
  for (const ConfigError& error : errors) {
    text += CleanText(error.Text(), std::numeric_limits<std::size_t>::max()) + "\n";
  }
  return text;
}

}  // namespace soarm
