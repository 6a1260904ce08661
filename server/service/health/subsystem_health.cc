#include "server/service/health/subsystem_health.h"

#include <chrono>

namespace soarm {
namespace {

// A loop that has not published for so long is stuck, whatever its rate.
constexpr Nanos kStuckAfter = std::chrono::seconds(1);

Health Serving(bool serving) { return serving ? Health::kServing : Health::kNotServing; }

Health ControlHealth(const Robot& robot, MonoTime now) {
  bool any_open = false;
  bool all_tick = robot.bus_count() > 0;
  for (std::size_t bus = 0; bus < robot.bus_count(); ++bus) {
    const BusState state = robot.State(bus);
    any_open = any_open || state.open;
    all_tick = all_tick && now - state.tick_at < kStuckAfter;
  }
  return Serving(any_open && all_tick);
}

}  // namespace

Health SubsystemHealth(const Robot& robot, std::string_view name, MonoTime now) {
  if (name == "control") return ControlHealth(robot, now);
  bool all_work = robot.bus_count() > 0;
  for (const DeviceInfo& device : robot.Devices()) {
    const bool works = device.open && now - device.alive_at < kStuckAfter;
    if (device.name == name) return Serving(works);
    all_work = all_work && works;
  }
  return name.empty() ? Serving(all_work) : Health::kUnknownName;
}

}  // namespace soarm
