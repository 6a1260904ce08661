#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tests/adversary/play/referee.h"
#include "tests/adversary/play/script.h"

namespace soarm::adversary {

// What one play came to.
struct PlayResult {
  std::vector<Violation> violations;
  std::set<std::string> reached;  // see Coverage
  bool understood = true;         // every line of the script
};

// In this process.
PlayResult RunPlay(const Script& script);

// The rules that `script` breaks, found in a process of its own: "CRASH" where that ended badly and
// "HANG" where it did not end.
std::set<std::string> RulesBrokenBy(const Script& script);

inline constexpr char kCrash[] = "CRASH";
inline constexpr char kHang[] = "HANG";
// Real time that a play may take: a hundred times what it usually does.
inline constexpr int kLongestPlay_s = 60;

// The shortest script that breaks the same rule.
Script ShrinkTo(const Script& script, const std::string& rule);

}  // namespace soarm::adversary
