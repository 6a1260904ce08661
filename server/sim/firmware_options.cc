#include "server/sim/firmware_options.h"

namespace soarm::sim {

std::optional<FirmwareOptions> FirmwareFor(std::string_view name) {
  FirmwareOptions options;
  if (name == "3.10") return options;
  if (name != "3.9") return std::nullopt;
  options.minor = 9;
  // Undocumented for 3.9: the careful assumption is the one that asks more of a driver.
  options.jump_to_stale_goal = true;
  options.lock_at_power_up = false;
  options.return_delay_honoured = true;
  options.recalibrate_command = false;
  return options;
}

}  // namespace soarm::sim
