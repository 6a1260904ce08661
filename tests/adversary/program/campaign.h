#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/adversary/program/options.h"
#include "tests/adversary/program/run.h"

namespace soarm::adversary {

// A play that has just failed, before anything of it is shrunk.
struct Finding {
  std::uint64_t seed = 0;
  Setting setting;              // of its script
  std::set<std::string> rules;  // that it broke and that count
};

// One rule that a failed play broke.
struct Failure {
  std::uint64_t seed = 0;
  Violation violation;
  std::string script;  // shrunk where that was asked for
};

struct Summary {
  std::uint64_t plays = 0;
  double simulated_s = 0;
  double real_s = 0;
  std::vector<Failure> failures;
  std::set<std::string> reached;
};

// Who is told while it goes on, in the thread that waits for it.
struct Listener {
  std::function<void(const Finding&)> on_finding;   // at once
  std::function<void(const Failure&)> on_failure;   // for each of its rules
  std::function<void(const Summary&)> on_progress;  // every few seconds
};

// How one script is played: RunPlay(), but for tests of the campaign itself.
using Player = std::function<PlayResult(const Script&)>;

// Plays many seeds in several processes, so that a crash is one more finding. No process of it is
// left when it returns, even where the first violation was enough and others were still playing.
Summary RunCampaign(const Options& options, const Listener& listener, const Player& play = RunPlay);

}  // namespace soarm::adversary
