#include "server/servo/feetech/transport.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "server/servo/feetech/registers.h"

namespace soarm::servo::feetech {
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

// Calls `ask(servo)` for those that answer, in turn.
template <typename Ask>
void AskInTurn(const BusContext& bus, const MonoTime& end, Ask ask) {
  for (int i = 0; i < kMostMeasurements && bus.clock.Now() < end; ++i) {
    const ServoState& servo = bus.servos[static_cast<std::size_t>(i) % bus.servos.size()];
    if (!servo.health.quarantined()) ask(servo);
  }
}

// What the transport added to a request that was sent at `start` and has just been answered.
Nanos DelayOf(const BusContext& bus, MonoTime start, std::size_t request, std::size_t answer) {
  const SlotTimer& timer = bus.link.timer();
  return bus.clock.Now() - start - timer.WireTime(request) - timer.SlotEnd(0, answer);
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
    FixAllowance(bus, kLongestAllowance);  // those in time say too little
    delays.clear();
    end = bus.clock.Now() + 2 * kLongestAllowance;
  });
  std::ranges::sort(delays);
  return delays;
}

// Where most are long it is the transport, and not one servo, that has to be waited for.
Nanos UsualOf(const std::vector<Nanos>& sorted) {
  return sorted.empty() ? Nanos(0) : sorted[sorted.size() / 2];
}

// The second longest: the longest one is often a hiccup of this host, and costs at most an answer
// that is asked for again.
Nanos LongestOf(const std::vector<Nanos>& sorted) {
  return sorted.size() < 2 ? Nanos(0) : sorted[sorted.size() - 2];
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

void MeasureTransport(BusContext& bus, bool late) {
  std::vector<Nanos> delays = late ? DelaysOfReads(bus) : DelaysOfPings(bus);
  if (!late && UsualOf(delays) >= kSlowTransport) delays = DelaysOfReads(bus);
  bus.transport_delay = UsualOf(delays);
  const bool slow = bus.transport_delay >= kSlowTransport;
  SlotTimer& timer = bus.link.timer();
  // Half as much again, for what is now and then slower than it was measured to be.
  timer.SetAllowance(LongestOf(delays) * 3 / 2 + std::chrono::microseconds(100),
                     bus.options.allowance_min,
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

}  // namespace soarm::servo::feetech
