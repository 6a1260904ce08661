#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "server/config/settings.h"
#include "server/sim/bus_simulation.h"
#include "server/sim_service/sim_bus.h"

namespace soarm {

// The simulated buses of `--sim`, each behind a pseudo-terminal with a name that outlives an
// unplugging: a symlink in a private folder. The rest of the daemon gets that name and nothing
// else; it opens it as it opens any tty.
//
// Threads    one to open and close; each simulation has its own.
// Ownership  removes the links and the folder.
class SimulatedBuses {
 public:
  static absl::StatusOr<std::unique_ptr<SimulatedBuses>> Open(const Settings& settings);
  ~SimulatedBuses();
  SimulatedBuses(const SimulatedBuses&) = delete;
  SimulatedBuses& operator=(const SimulatedBuses&) = delete;

  bool empty() const { return buses_.empty(); }
  // The tty of the bus called `name`; "" when it is not simulated.
  std::string DeviceOf(const std::string& name) const;
  std::vector<SimBus> buses() const;

 private:
  struct Named {
    std::string name;
    std::unique_ptr<sim::BusSimulation> simulation;
  };

  SimulatedBuses() = default;

  std::string folder_;
  std::vector<Named> buses_;
};

// The options that both programs share. `timing` and `firmware` have passed the flags' checks.
sim::SimulationOptions SimulationOptionsOf(const std::string& robot, const std::string& firmware,
                                           const std::string& timing, std::uint64_t seed);

}  // namespace soarm
