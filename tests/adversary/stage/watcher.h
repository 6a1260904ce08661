#pragma once

#include "tests/adversary/stage/daemon.h"
#include "tests/adversary/stage/recorder.h"

namespace soarm::adversary {

// Somebody who reads the robot's state after every tick, and finds it as GetState would tell it.
//
// Threads  one.
class Watcher {
 public:
  Watcher(const SceneFacts& scene, Daemon& daemon, Recorder& recorder);

  // After a tick of any bus.
  void Look();

 private:
  const SceneFacts& scene_;
  Daemon& daemon_;
  Recorder& recorder_;
};

}  // namespace soarm::adversary
