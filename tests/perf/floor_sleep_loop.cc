// The least that a control thread can do: sleep until the next period, note how late it is.
//
//   floor_sleep_loop [--rate HZ] [--seconds S] [--priority P]
//
// At its default of 1 kHz it is the canary that tells whether the machine was quiet enough to
// measure anything; at the daemon's rate it is the floor of P6. Prints one JSON object.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "tests/perf/realtime.h"
#include "tests/perf/samples.h"

namespace {

using soarm::perf::MonotonicNs;

struct CpuTicks {
  std::int64_t all = 0;
  std::int64_t steal = 0;
};

// The first line of /proc/stat: user nice system idle iowait irq softirq steal …
CpuTicks ReadCpuTicks() {
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  CpuTicks ticks;
  for (int column = 0; column < 8; ++column) {
    std::int64_t value = 0;
    file >> value;
    ticks.all += value;
    if (column == 7) ticks.steal = value;
  }
  return ticks;
}

}  // namespace

int main(int argc, char** argv) {
  double rate_hz = 1000;
  double seconds = 1;
  int priority = 80;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--rate") == 0) rate_hz = std::atof(argv[i + 1]);
    if (std::strcmp(argv[i], "--seconds") == 0) seconds = std::atof(argv[i + 1]);
    if (std::strcmp(argv[i], "--priority") == 0) priority = std::atoi(argv[i + 1]);
  }
  const auto period = static_cast<std::int64_t>(1e9 / rate_hz);
  const auto periods = static_cast<std::int64_t>(seconds * rate_hz);
  soarm::perf::Samples lateness(static_cast<std::size_t>(periods) + 1);
  const bool realtime = soarm::perf::BecomeRealtime(priority);
  const CpuTicks before = ReadCpuTicks();

  std::int64_t ran = 0;
  std::int64_t missed = 0;
  const std::int64_t start = MonotonicNs() + period;
  for (std::int64_t k = 0; k < periods; ++k) {
    const std::int64_t due = start + k * period;
    soarm::perf::SleepUntilNs(due);
    const std::int64_t late = MonotonicNs() - due;
    lateness.Add(late);
    ++ran;
    const std::int64_t skipped = late / period;
    missed += skipped;
    k += skipped;
  }

  const CpuTicks after = ReadCpuTicks();
  const double all = static_cast<double>(after.all - before.all);
  std::printf(
      "{\"realtime\":%s,\"ran\":%lld,\"missed\":%lld,\"steal_percent\":%.3f,\"lateness_us\":%s}\n",
      realtime ? "true" : "false", static_cast<long long>(ran), static_cast<long long>(missed),
      all > 0 ? 100.0 * static_cast<double>(after.steal - before.steal) / all : 0.0,
      lateness.Json().c_str());
  return 0;
}
