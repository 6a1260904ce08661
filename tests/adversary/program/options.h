#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "tests/adversary/play/generate.h"

namespace soarm::adversary {

// The command line of the program.
struct Options {
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1;
  double minutes = 0;  // above 0: seeds from the first on until then
  int jobs = 1;
  PlayWish wish;
  std::string replay;           // a script
  std::set<std::string> rules;  // those that count; empty: all
  bool first = false;           // the first violation ends it
  bool shrink = false;
  bool trace = false;
  bool print = false;  // the script of a seed, unplayed
  bool json = false;
  bool transitions = false;  // name those that no play reached
  bool help = false;

  bool Counts(const std::string& rule) const { return rules.empty() || rules.contains(rule); }
};

extern const char kHelp[];

// Nothing, and why in `problem`, where the command line makes no sense.
std::optional<Options> ParseOptions(int argc, char** argv, std::string& problem);

}  // namespace soarm::adversary
