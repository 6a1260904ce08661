#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace soarm {

struct Utf8Char {
  std::size_t size = 0;  // bytes; 0: no character begins here
  std::uint32_t code = 0;
};

// The first character of `text`, which must not be empty. Overlong forms and halves of a pair are
// none.
Utf8Char DecodeUtf8(std::string_view text);

bool IsUtf8(std::string_view text);

// Whether a character may be shown on anybody's terminal: no control, and no mark that turns the
// direction of writing. White space other than a blank is a control.
bool IsShown(std::uint32_t code);

}  // namespace soarm
