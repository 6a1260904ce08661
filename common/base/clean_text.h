#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace soarm {

// `text` as it may be shown on anybody's terminal and sent in a Protobuf string: valid UTF-8 of at
// most `longest` bytes, without control characters and without the marks that turn the direction of
// writing. What is not allowed becomes '?', white space becomes a blank, ends are trimmed.
std::string CleanText(std::string_view text, std::size_t longest);

// The same for what has lines and indents of its own, such as help: line breaks and blanks stay.
std::string CleanLines(std::string_view text);

// At most `size` bytes of `text`, and dots when some are left out. Keeps UTF-8 whole.
std::string CutText(std::string_view text, std::size_t size);

// `text` in quotes, cut to a length that is safe to send back in an error.
std::string Shown(std::string_view text);

// Whether there is anything to be seen of `text`: not only blanks, control characters and what has
// no width.
bool HasShown(std::string_view text);

}  // namespace soarm
