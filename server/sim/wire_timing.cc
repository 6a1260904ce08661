#include "server/sim/wire_timing.h"

namespace soarm::sim {

std::optional<WireTiming> WireTimingFor(std::string_view name) {
  if (name == "slots") return WireTiming::kSlots;
  if (name == "bench") return WireTiming::kBench;
  if (name == "usb1ms") return WireTiming::kUsb1Ms;
  return std::nullopt;
}

}  // namespace soarm::sim
