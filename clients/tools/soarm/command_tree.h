#pragma once

#include <map>
#include <string>
#include <vector>

#include "clients/tools/soarm/completion.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls it that
class App;
class Option;
}  // namespace CLI

namespace soarm::cli {

// What CLI11 does not know: the words that an argument can be, and an option's value.
using WordsOfCommands = std::map<const CLI::App*, std::vector<std::string>>;
using ValuesOfOptions = std::map<const CLI::Option*, std::vector<std::string>>;

// `command` and all below it, as completion needs them.
CommandNode DescribeTree(const CLI::App& command, const WordsOfCommands& words,
                         const ValuesOfOptions& values);

}  // namespace soarm::cli
