#pragma once

#include <span>
#include <string>

#include "tests/adversary/stage/clients.h"
#include "tests/adversary/stage/watcher.h"
#include "tests/adversary/stage/world_acts.h"

namespace soarm::adversary {

// Where a play takes place: the real control core, runtime and driver, the simulated bus and world,
// clients and a clock of its own, all in one thread. The same setting and actions give the same
// record, to the last bit.
//
// Process actions: kill, start, end state=hold|limp, freeze span=, suspend span=,
// disk full=yes|no. What befalls a process while the machine sleeps, comes when it wakes.
//
// Threads  one.
class Stage {
 public:
  // `audience` outlives the stage.
  Stage(const Setting& setting, Audience& audience);

  // Everything from the start of the daemon to the end of the play; once. `actions` are in the
  // order of their time. False when one was not understood; it is left out.
  bool Play(std::span<const Action> actions);

 private:
  bool Perform(const Action& action);
  bool PerformProcess(const Action& action);
  void StartDaemon();

  const Setting setting_;
  const std::vector<BusSetting> buses_;
  const SceneFacts scene_;
  Audience& audience_;
  Timeline timeline_{0};
  Bench bench_;
  Recorder recorder_;
  Daemon daemon_;
  Watcher watcher_;
  Clients clients_;
  WorldActs world_;
};

}  // namespace soarm::adversary
