#include "server/app/simulated_buses.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <unistd.h>

#include "common/base/problem.h"
#include "server/app/sim_folder.h"

namespace soarm {

sim::SimulationOptions SimulationOptionsOf(const std::string& robot, const std::string& firmware,
                                           const std::string& timing, std::uint64_t seed) {
  sim::SimulationOptions options;
  options.robot = robot;
  options.firmware = sim::FirmwareFor(firmware).value_or(sim::FirmwareOptions{});
  options.bus.timing = sim::WireTimingFor(timing).value_or(sim::WireTiming::kSlots);
  options.bus.seed = seed;
  return options;
}

absl::StatusOr<std::unique_ptr<SimulatedBuses>> SimulatedBuses::Open(const Settings& settings) {
  std::unique_ptr<SimulatedBuses> all(new SimulatedBuses());
  for (const BusSettings& bus : settings.buses) {
    if (!bus.simulated) continue;
    if (all->folder_.empty()) all->folder_ = MakeSimFolder();
    if (all->folder_.empty()) {
      return ToStatus(
          {.code = absl::StatusCode::kUnavailable,
           .reason = "SIM_FAILED",
           .subject = bus.name,
           .message = std::string("Cannot make a temporary folder: ") + std::strerror(errno) + ".",
           .fix = "Set TMPDIR to a folder that can be written.",
           .facts = {}});
    }
    // Seeds differ, or two arms would shake alike.
    sim::SimulationOptions options =
        SimulationOptionsOf(bus.robot, settings.sim.firmware, settings.sim.timing,
                            settings.sim.seed + all->buses_.size());
    options.calibrated = !settings.sim.uncalibrated;
    options.link = all->folder_ + "/" + bus.name;
    auto simulation = sim::BusSimulation::Open(options);
    if (!simulation.ok()) return simulation.status();
    all->buses_.push_back({bus.name, *std::move(simulation)});
  }
  return all;
}

SimulatedBuses::~SimulatedBuses() {
  buses_.clear();
  if (!folder_.empty()) ::rmdir(folder_.c_str());
}

std::string SimulatedBuses::DeviceOf(const std::string& name) const {
  for (const Named& bus : buses_) {
    if (bus.name == name) return folder_ + "/" + name;
  }
  return "";
}

std::vector<SimBus> SimulatedBuses::buses() const {
  std::vector<SimBus> list;
  for (const Named& bus : buses_) list.push_back({bus.name, bus.simulation.get()});
  return list;
}

}  // namespace soarm
