#pragma once

#include <string>
#include <vector>

namespace soarm::cli {

// How people in a hurry write "stop".

// In any case of letters, and with blanks around it.
bool IsStop(const std::string& word);

// Whether one letter of `word` more, less, other or in the neighbour's place makes it "stop".
bool IsNearlyStop(const std::string& word);

// The command as it was typed, whatever else was; the value of --server is none. "stop" where that
// is all there would be: an empty variable in a script makes it the address.
std::string CommandOf(const std::vector<std::string>& arguments);

// The value of the last --server, which counts; empty when there is none.
std::string LastServer(const std::vector<std::string>& arguments);

// Whether some --server has no value, or an empty one: a variable in a script that was not set.
bool IsServerMissing(const std::vector<std::string>& arguments);

// The word that was meant as a stop where no command is understood: `command`, or an option such as
// "-stop". Empty: none.
std::string MeantAsStop(const std::string& command, const std::vector<std::string>& arguments);

// "--level without a value" when an option of `stop` has none; what `stop` would do then is not
// what was meant. Empty otherwise.
std::string OptionWithoutValue(const std::vector<std::string>& arguments);

}  // namespace soarm::cli
