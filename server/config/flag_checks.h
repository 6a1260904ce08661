#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "server/config/flags.h"

namespace soarm {

// Pieces of both command lines. The checks follow CLI11's rule: "" is good, else what is wrong.

inline const std::vector<std::string> kTimings = {"slots", "bench", "usb1ms"};
inline const std::vector<std::string> kFirmwares = {"3.10", "3.9"};

NamedValue SplitName(const std::string& text);
std::string CheckNamedPath(const std::string& text);
std::string CheckAddress(const std::string& text);
// An empty name is a variable that was not set, not a wish for the default.
std::string CheckNotEmpty(const std::string& text);

// One of `words`, without CLI11's own long description in --help.
CLI::IsMember Among(const std::vector<std::string>& words);

// Runs the parser; nothing when the program should go on.
std::optional<FlagExit> RunParser(CLI::App& app, int argc, const char* const* argv);

}  // namespace soarm
