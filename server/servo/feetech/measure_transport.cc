#include "server/servo/feetech/measure_transport.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/servo/bus/transport.h"
#include "server/servo/feetech/registers.h"

namespace soarm::servo::feetech {
namespace {

constexpr int kMostMeasurements = 300;

std::uint8_t UnusedId(const BusContext& bus) noexcept {
  std::uint8_t id = kHighestId - 1;
  const auto taken = [&](const ServoState& servo) { return servo.id == id; };
  while (std::any_of(bus.servos.begin(), bus.servos.end(), taken)) --id;
  return id;
}

// Calls `ask(servo)` for those that answer, in turn.
template <typename Ask>
void AskInTurn(const BusContext& bus, const MonoTime& end, Ask ask) {
  for (int i = 0; i < kMostMeasurements && bus.clock.Now() < end; ++i) {
    const ServoState& servo = bus.servos[static_cast<std::size_t>(i) % bus.servos.size()];
    if (!servo.health.quarantined()) ask(servo);
  }
}

std::vector<Nanos> DelaysOfPings(BusContext& bus) {
  std::vector<Nanos> delays;
  AskInTurn(bus, bus.clock.Now() + bus.options.measuring_time, [&](const ServoState& servo) {
    const MonoTime start = bus.clock.Now();
    if (!bus.transactor.Ping(servo.id).answered) return;
    delays.push_back(DelayOf(bus, start, kFrameOverhead, 0));
  });
  std::ranges::sort(delays);
  return delays;
}

// An answer to a PING cannot be told from a late one, an answer to a READ can.
std::vector<Nanos> DelaysOfReads(BusContext& bus) {
  constexpr Block kShort{reg::kId.address, 1};
  std::vector<Nanos> delays;
  MonoTime end = bus.clock.Now() + bus.options.measuring_time;
  bool patient = false;
  AskInTurn(bus, end, [&](const ServoState& servo) {
    const MonoTime start = bus.clock.Now();
    const Answer answer = bus.transactor.Read(servo.id, kShort);
    if (answer.answered) {
      delays.push_back(DelayOf(bus, start, bus.requests.bytes().size(), answer.count));
    }
    if (answer.discarded == 0 || std::exchange(patient, true)) return;
    bus.transport().Fix(kLongestAllowance);  // those in time say too little
    delays.clear();
    end = bus.clock.Now() + 2 * kLongestAllowance;
  });
  std::ranges::sort(delays);
  return delays;
}

}  // namespace

void DetectEcho(BusContext& bus, Nanos wait) noexcept {
  bus.requests.Clear();
  bus.requests.Ping(UnusedId(bus));
  ListenForEcho(bus, bus.requests.bytes(), wait);
}

void MeasureTransport(BusContext& bus, bool late) {
  std::vector<Nanos> delays = late ? DelaysOfReads(bus) : DelaysOfPings(bus);
  if (!late && TransportDelay::UsualOf(delays) >= kSlowTransport) delays = DelaysOfReads(bus);
  bus.transport().Measured(delays, bus.allowance_bounds());
}

}  // namespace soarm::servo::feetech
