#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace soarm {

// One thing wrong with a configuration file or the flags, told with its place and its cure.
struct ConfigError {
  std::string file;     // empty: a flag
  int line = 0;         // 0: no line
  std::string path;     // "bus[0].baud", or the flag
  std::string message;  // what is wrong, with the value found
  std::string fix;      // one imperative phrase

  // "soarmd.toml:12: bus[0].baud: 57601 is not a speed of these servos; use 1000000"
  std::string Text() const;
};

using ConfigErrors = std::vector<ConfigError>;

// One error per line, in the order of the file.
std::string Format(const ConfigErrors& errors);

}  // namespace soarm
