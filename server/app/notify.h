#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/time/clock.h"
#include "server/app/progress_watch.h"
#include "server/core/robot.h"

namespace soarm {

// What systemd is told: readiness, a status line, and the watchdog's food. Does nothing when the
// process was not started by it.
//
// Threads  main.
class ServiceManager {
 public:
  explicit ServiceManager(const Robot& robot);

  void Ready();
  // Feeds the watchdog if every control loop made progress, and renews the status line. Whether
  // that has changed.
  bool Update();
  const std::string& status() const { return status_; }
  void Stopping(const std::string& why);

  // How often Update() should be called: often enough for the watchdog.
  Nanos update_every() const { return update_every_; }

 private:
  const Robot& robot_;
  const bool watched_;
  const Nanos update_every_;
  ProgressWatch progress_;
  std::string status_;  // as last sent
};

// One line about every device: "arm on /dev/ttyACM0; leader: no device", with what is wrong with an
// open one behind it.
std::string StatusLine(const Robot& robot);

}  // namespace soarm
