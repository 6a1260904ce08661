#include "server/app/bus_setup.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "server/serial/port_holder.h"
#include "server/serial/tty_port.h"
#include "server/servo/feetech/feetech_bus.h"

namespace soarm {
namespace {

Nanos PeriodOf(double rate_hz) {
  if (rate_hz <= 0) return Nanos{0};
  return std::chrono::round<Nanos>(std::chrono::duration<double>(1.0 / rate_hz));
}

}  // namespace

std::vector<RobotRuntime::BusPart> MakeBuses(const Settings& settings,
                                             const SimulatedBuses& simulated, Clock& clock) {
  std::vector<RobotRuntime::BusPart> parts;
  for (const BusSettings& bus : settings.buses) {
    const std::string device = bus.simulated ? simulated.DeviceOf(bus.name) : bus.device;
    ServoBusOptions options;
    options.device = device;
    options.baud = static_cast<int>(bus.baud);
    options.robot = bus.model;
    options.period = PeriodOf(settings.control.rate_hz);
    // A slow transport must leave time in the period to probe a servo that fell silent.
    if (options.period > Nanos{0}) {
      options.allowance_max = std::min(options.allowance_max, options.period * 2 / 5);
    }
    auto port = std::make_unique<TtyPort>(device, options.baud);
    parts.push_back({device,
                     {bus.name, bus.model,
                      std::make_unique<FeetechBus>(std::move(options), std::move(port), clock)},
                     [device]() -> std::optional<Problem> {
                       const auto holder = FindPortHolder(device);
                       if (!holder) return std::nullopt;
                       return PortInUse(device, holder);
                     }});
  }
  return parts;
}

}  // namespace soarm
