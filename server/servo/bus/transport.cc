#include "server/servo/bus/transport.h"

#include <algorithm>
#include <array>

namespace soarm::servo {

void ListenForEcho(BusParts& bus, std::span<const std::uint8_t> unanswered, Nanos wait) noexcept {
  bus.port.Discard();
  bus.link.Reset();
  std::array<std::uint8_t, 64> back{};
  // Woken by the whole echo or not at all.
  const std::size_t size =
      bus.link.Probe(unanswered, std::span(back).first(unanswered.size()), wait);
  bus.link.set_echo(size == unanswered.size() &&
                    std::equal(unanswered.begin(), unanswered.end(), back.begin()));
}

Nanos DelayOf(const BusParts& bus, MonoTime start, std::size_t request, std::size_t data) noexcept {
  const SlotTimer& timer = bus.link.timer();
  return bus.clock.Now() - start - timer.WireTime(request) - timer.SlotEnd(0, data);
}

}  // namespace soarm::servo
