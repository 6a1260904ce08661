#include "server/runtime/adapter_latency.h"

#include <cstdio>

namespace soarm {
namespace {

std::string Rounded(double value) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

}  // namespace

Problem AdapterLatency(const AdapterState& adapter, const std::string& device, Nanos period,
                       std::span<const Problem> notes) {
  const double delay_s = ToSeconds(adapter.delay);
  Problem problem;
  problem.code = absl::StatusCode::kFailedPrecondition;
  problem.reason = "ADAPTER_LATENCY";
  problem.subject = device;
  problem.message = "its adapter holds every answer back for " + Rounded(delay_s * 1e3) + " ms";
  if (adapter.delay > period) {
    problem.message += ", so that the bus runs at " + Rounded(1 / delay_s) + " Hz at most";
  }
  problem.message += adapter.lets_drive ? "" : "; no torque is enabled";
  problem.fix =
      "Give an FTDI adapter a latency timer of 1 ms, connect it to the robot's own computer, not "
      "over a network, and without a hub, then plug it in again.";
  for (const Problem& note : notes) problem.fix = note.fix;
  problem.facts = {{"delay_ms", Rounded(delay_s * 1e3)}};
  return problem;
}

}  // namespace soarm
