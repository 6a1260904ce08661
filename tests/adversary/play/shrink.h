#pragma once

#include <functional>

#include "tests/adversary/play/script.h"

namespace soarm::adversary {

// Whether a script still shows what it is kept for.
using StillShows = std::function<bool(const Script&)>;

// The shortest script found that still shows it: fewer actions, an earlier end, simpler settings
// and values. Tries at most `tries` scripts. `script` itself shows it.
Script Shrink(Script script, const StillShows& shows, int tries);

}  // namespace soarm::adversary
