#include "server/servo/bus/transport.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>

namespace soarm::servo {
namespace {

std::string Rounded(double value) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

// The second longest: the longest one is often a hiccup of this host, and costs at most an answer
// that is asked for again.
Nanos LongestOf(const std::vector<Nanos>& sorted) noexcept {
  return sorted.size() < 2 ? Nanos(0) : sorted[sorted.size() - 2];
}

}  // namespace

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

void FixAllowance(BusParts& bus, Nanos allowance) noexcept {
  bus.link.timer().SetAllowance(allowance, allowance, allowance);
}

Nanos DelayOf(const BusParts& bus, MonoTime start, std::size_t request, std::size_t data) noexcept {
  const SlotTimer& timer = bus.link.timer();
  return bus.clock.Now() - start - timer.WireTime(request) - timer.SlotEnd(0, data);
}

Nanos UsualOf(const std::vector<Nanos>& sorted) noexcept {
  return sorted.empty() ? Nanos(0) : sorted[sorted.size() / 2];
}

void UseDelays(BusParts& bus, const std::vector<Nanos>& sorted) noexcept {
  bus.transport_delay = UsualOf(sorted);
  const bool slow = bus.transport_delay >= kSlowTransport;
  SlotTimer& timer = bus.link.timer();
  // Half as much again, for what is now and then slower than it was measured to be.
  timer.SetAllowance(LongestOf(sorted) * 3 / 2 + std::chrono::microseconds(100),
                     bus.options.allowance_min,
                     slow ? kLongestAllowance : bus.options.allowance_max);
  timer.SetUsualDelay(slow ? bus.transport_delay : Nanos(0));
}

std::optional<Problem> SlowTransport(const BusParts& bus) {
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
