#include "server/service/health/subsystem_health.h"

#include <chrono>

namespace soarm {
namespace {

// A loop that has not published for so long is stuck, whatever its rate.
constexpr Nanos kStuckAfter = std::chrono::seconds(1);

Health Serving(bool serving) { return serving ? Health::kServing : Health::kNotServing; }

}  // namespace

Health SubsystemHealth(const Robot& robot, std::string_view name, MonoTime now) {
  static constexpr std::string_view kBusPrefix = "bus/";
  bool all_open = robot.bus_count() > 0;
  bool any_open = false;
  bool all_tick = robot.bus_count() > 0;
  for (std::size_t bus = 0; bus < robot.bus_count(); ++bus) {
    const BusState state = robot.State(bus);
    const bool ticks = now - state.tick_at < kStuckAfter;
    if (name.starts_with(kBusPrefix) && robot.Bus(bus).name == name.substr(kBusPrefix.size())) {
      return Serving(state.open && ticks);
    }
    all_open = all_open && state.open;
    any_open = any_open || state.open;
    all_tick = all_tick && ticks;
  }
  if (name.empty()) return Serving(all_open && all_tick);
  if (name == "control") return Serving(any_open && all_tick);
  return Health::kUnknownName;
}

}  // namespace soarm
