#include "server/core/robot.h"

#include <utility>

namespace soarm {

std::vector<DeviceInfo> Robot::Devices() const {
  std::vector<DeviceInfo> devices;
  for (std::size_t bus = 0; bus < bus_count(); ++bus) {
    const BusState state = State(bus);
    BusInfo info = Bus(bus);
    devices.push_back({.name = "bus/" + info.name,
                       .place = std::move(info.device),
                       .open = state.open,
                       .alive_at = state.tick_at,
                       .open_error = std::move(info.open_error),
                       .notes = std::move(info.notes)});
  }
  return devices;
}

}  // namespace soarm
