#include "server/servo/transport.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "server/servo/registers.h"

namespace soarm::servo {
namespace {

constexpr int kMostMeasurements = 300;

std::string Rounded(double value) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

std::uint8_t UnusedId(const BusContext& bus) noexcept {
  std::uint8_t id = kHighestId - 1;
  const auto taken = [&](const ServoState& servo) { return servo.id == id; };
  while (std::any_of(bus.servos.begin(), bus.servos.end(), taken)) --id;
  return id;
}

}  // namespace

void DetectEcho(BusContext& bus, Nanos wait) noexcept {
  bus.port.Discard();
  bus.link.Reset();
  bus.requests.Clear();
  bus.requests.Ping(UnusedId(bus));
  const auto sent = bus.requests.bytes();
  std::array<std::uint8_t, 2 * kFrameOverhead> back{};
  // Woken by the whole echo or not at all.
  const std::size_t size = bus.link.Probe(sent, std::span(back).first(sent.size()), wait);
  bus.link.set_echo(size == sent.size() && std::equal(sent.begin(), sent.end(), back.begin()));
}

void FixAllowance(BusContext& bus, Nanos allowance) noexcept {
  bus.link.timer().SetAllowance(allowance, allowance, allowance);
}

// The second longest of some hundred round trips, with half as much again on top: the longest one
// is often a hiccup of this host, and costs at most an answer that is asked for again. Where most
// are long it is the transport, and not one servo, that has to be waited for. (By READ, because an
// answer to a PING cannot be told from a late one.)
void MeasureTransport(BusContext& bus) {
  constexpr Block kShort{reg::kId.address, 1};
  SlotTimer& timer = bus.link.timer();
  MonoTime end = bus.clock.Now() + bus.options.measuring_time;
  std::vector<Nanos> delays;
  bool patient = false;
  for (int i = 0; i < kMostMeasurements && bus.clock.Now() < end; ++i) {
    const ServoState& servo = bus.servos[static_cast<std::size_t>(i) % bus.servos.size()];
    if (servo.health.quarantined()) continue;
    const MonoTime start = bus.clock.Now();
    const Answer answer = bus.transactor.Read(servo.id, kShort);
    if (answer.answered) {
      const std::size_t request = bus.requests.bytes().size();
      const Nanos wire = timer.WireTime(request) + timer.SlotEnd(0, answer.count);
      delays.push_back(bus.clock.Now() - start - wire);
    }
    if (answer.discarded > 0 && !std::exchange(patient, true)) {  // those in time say too little
      FixAllowance(bus, kLongestAllowance);
      delays.clear();
      end = bus.clock.Now() + 2 * kLongestAllowance;
    }
  }
  std::ranges::sort(delays);
  const std::size_t count = delays.size();
  const Nanos second = count < 2 ? Nanos(0) : delays[count - 2];
  bus.transport_delay = count == 0 ? Nanos(0) : delays[count / 2];
  const bool slow = bus.transport_delay >= kSlowTransport;
  timer.SetAllowance(second * 3 / 2 + std::chrono::microseconds(100), bus.options.allowance_min,
                     slow ? kLongestAllowance : bus.options.allowance_max);
  timer.SetUsualDelay(slow ? bus.transport_delay : Nanos(0));
}

std::optional<Problem> SlowTransport(const BusContext& bus) {
  const Nanos delay = bus.transport_delay;
  if (delay < kSlowTransport) return std::nullopt;
  const double delay_s = ToSeconds(delay);
  Problem problem;
  problem.code = absl::StatusCode::kFailedPrecondition;
  problem.reason = "ADAPTER_LATENCY";
  problem.subject = std::string(bus.port.name());
  problem.message = "its adapter holds every answer back for " + Rounded(delay_s * 1e3) + " ms";
  if (delay > bus.options.period) {
    problem.message += ", so that the bus runs at " + Rounded(1 / delay_s) + " Hz at most";
  }
  problem.message += delay > kSlowestToDrive ? "; no torque is enabled" : "";
  problem.fix =
      "Give an FTDI adapter a latency timer of 1 ms, connect it to the robot's own computer, not "
      "over a network, and without a hub, then plug it in again.";
  for (const Problem& note : bus.notes) problem.fix = note.fix;
  problem.facts = {{"delay_ms", Rounded(delay_s * 1e3)}};
  return problem;
}

}  // namespace soarm::servo
