#pragma once

#include <string>
#include <vector>

namespace soarm::cli {

// How people in a hurry write "stop".

// In any case of letters.
bool IsStop(const std::string& word);

// Whether one letter of `word` more, less, other or in the neighbour's place makes it "stop".
bool IsNearlyStop(const std::string& word);

// "--level without a value" when an option of `stop` has none; what `stop` would do then is not
// what was meant. Empty otherwise.
std::string OptionWithoutValue(const std::vector<std::string>& arguments);

}  // namespace soarm::cli
