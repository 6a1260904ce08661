#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace soarm {

// A servo's register that is not as it has to be: raw counts, and what people need to read them.
// The driver fills it; its texts are constants.
//
// Real time  filling and copying it; what makes texts of it allocates.
struct RegisterFact {
  enum class Bound : std::uint8_t { kExactly, kAtLeast, kAtMost };

  std::uint8_t address = 0;
  std::string_view name;  // "max_voltage"; empty: about no register
  std::int32_t wanted = 0;
  std::int32_t found = 0;
  Bound bound = Bound::kExactly;
  double unit = 1;             // what a count is worth, in
  std::string_view unit_name;  // "V"; empty: a plain number
  std::string_view meaning;    // what a value like the one found does; empty: the name says it

  bool any() const noexcept { return !name.empty(); }
};

// "12.0 V" of 120 counts.
std::string InUnits(const RegisterFact& fact, std::int32_t counts);
// "max_voltage (register N): found 12.0 V, wanted at most 8.0 V".
std::string InWords(const RegisterFact& fact);

}  // namespace soarm
