#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/time/clock.h"

namespace soarm::cli {

// Numbers as people read and write them.

// "-12.3" with a fixed number of decimals; never "-0.0".
std::string Fixed(double value, int decimals);

// "12.3°" from radians.
std::string Degrees(double rad);

// "850 ms", "3.2 s", "4 min 10 s", "2 h 5 min".
std::string Span(Nanos span);

// The whole of `text` as a number; nothing for anything else, infinity and NaN included.
std::optional<double> ParseNumber(std::string_view text);

// "20ms", "1.5s", "250us", "10ns", "2min"; a number alone counts as seconds only if `bare_seconds`.
std::optional<Nanos> ParseSpan(std::string_view text, bool bare_seconds);

// "SOFT_HOLD" from "soft-hold", and back.
std::string ToUpperSnake(std::string_view text);
std::string ToKebab(std::string_view pascal);  // "drop-reply" from "DropReply"
std::string ToPascal(std::string_view kebab);  // "DropReply" from "drop-reply"

}  // namespace soarm::cli
