#pragma once

#include <memory>
#include <optional>

#include "clients/cpp/lease.h"
#include "clients/cpp/paired_robots.h"
#include "tests/system/impaired_link.h"
#include "tests/system/programs.h"

namespace soarm::test {

// An arm under torque, a machine that paired with it, and the network between them.
struct FarArm {
  FarArm();
  bool ready() const { return lease != nullptr; }
  client::Connection& simulator() { return sim.connection(); }

  TemporaryFolder folder;
  RunningSim sim{folder};
  RunningDaemon daemon{folder, {"--port", sim.link(), "--listen", "tls:127.0.0.1:0"}};
  client::PairedRobot paired;
  std::optional<ImpairedLink> link;
  std::unique_ptr<client::Connection> laptop;
  std::unique_ptr<client::Lease> lease;
};

}  // namespace soarm::test
