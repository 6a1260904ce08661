#pragma once

#include <string>

#include "common/time/clock.h"

namespace soarm::cli {

// Checks of what was typed, by the parser's rule: "" is good, else what is wrong.

// A number from `least` to `most`; `unit` follows it, " Hz".
std::string CheckNumber(const std::string& text, double least, double most,
                        const std::string& unit);

// A whole number from 1 on.
std::string CheckCount(const std::string& text);

// A time with its unit, "20ms", from `least` to `most`.
std::string CheckSpan(const std::string& text, Nanos least, Nanos most);

// What a script leaves empty by mistake would mean "all", or the default.
std::string RefuseEmpty(const std::string& text);

}  // namespace soarm::cli
