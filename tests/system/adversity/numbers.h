#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace soarm::test {

// A number of the environment, `otherwise` when it is not there or none.
inline std::uint64_t NumberOf(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  std::uint64_t number = 0;
  if (text == nullptr || *text == '\0') return otherwise;
  const char* end = text + std::strlen(text);
  const auto [read, error] = std::from_chars(text, end, number);
  return error == std::errc() && read == end ? number : otherwise;
}

}  // namespace soarm::test
