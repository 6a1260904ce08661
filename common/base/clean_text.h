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

// Whether there is anything to be seen of `text`: not only blanks, control characters and what has
// no width.
bool HasShown(std::string_view text);

}  // namespace soarm
