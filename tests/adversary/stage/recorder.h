#pragma once

#include <string>
#include <utility>

#include <absl/status/status.h>

#include "common/base/problem.h"
#include "tests/adversary/stage/bench.h"

namespace soarm::adversary {

// Why something was refused, by the name that programs know; empty: it was not.
inline std::string ReasonOf(const absl::Status& status) {
  return status.ok() ? std::string() : ProblemOf(status).reason;
}

// Tells the audience what happens, after what the wires carried until then.
class Recorder {
 public:
  Recorder(Timeline& timeline, Bench& bench, Audience& audience)
      : timeline_(timeline), bench_(bench), audience_(audience) {}

  void Tell(What what) {
    bench_.CatchUp();
    audience_.On(Event{.at = timeline_.now(), .what = std::move(what)});
  }

 private:
  Timeline& timeline_;
  Bench& bench_;
  Audience& audience_;
};

}  // namespace soarm::adversary
