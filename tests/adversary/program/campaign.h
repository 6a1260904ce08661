#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/adversary/program/options.h"
#include "tests/adversary/program/run.h"

namespace soarm::adversary {

// A failed play.
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

// How one script is played: RunPlay(), but for tests of the campaign itself.
using Player = std::function<PlayResult(const Script&)>;

// Plays many seeds in several processes, so that a crash is one more finding. `on_failure` is
// called for each as it comes, `on_progress` every few seconds. No process of it is left when it
// returns, even where the first violation was enough and others were still playing.
Summary RunCampaign(const Options& options, const std::function<void(const Failure&)>& on_failure,
                    const std::function<void(const Summary&)>& on_progress,
                    const Player& play = RunPlay);

}  // namespace soarm::adversary
