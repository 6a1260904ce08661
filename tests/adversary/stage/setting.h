#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/core/robot_model.h"
#include "server/sim/firmware_options.h"
#include "server/sim/robots.h"
#include "server/sim/wire_timing.h"
#include "tests/adversary/record/record.h"

namespace soarm::adversary {

// What a play takes place with, before anything happens.
struct Setting {
  std::string robot = "so101";  // one of RobotNames()
  double rate_hz = 200;         // 0: back to back
  std::uint64_t seed = 1;       // of the noise in servos, wire and waking
  Time length = 30'000'000'000;
  bool gentle = false;  // configured with accelerations of a twentieth
  bool soft = false;    // servos with half the factory's gain, as LeRobot leaves them
  sim::FirmwareOptions firmware;
  sim::WireTiming timing = sim::WireTiming::kSlots;
};

// "so101", "so100", "lekiwi", "so101+so101_leader" and "two_arms".
const std::vector<std::string>& RobotNames();

// One bus of it, as configured and as simulated.
struct BusSetting {
  std::string name;
  RobotModel model;
  sim::Robot robot;
};
// The buses of `setting`; none for a robot that is not known.
std::vector<BusSetting> BusesOf(const Setting& setting);

// What the judge is told of it. Joints in the order of buses and servo ids, groups likewise.
SceneFacts SceneOf(const Setting& setting, const std::vector<BusSetting>& buses);

}  // namespace soarm::adversary
