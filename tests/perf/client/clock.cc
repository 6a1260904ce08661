// `clock`: how wrong the client library's estimate of the daemon's clock is, where both are this
// machine's and the truth is 0.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "clients/cpp/clock_sync.h"
#include "clients/cpp/connection.h"
#include "tests/perf/client/channel.h"

namespace soarm::perf {

int Clock(const Arguments& arguments) {
  client::Address address;
  address.target = arguments.Plain(0);
  const auto connection = client::Connection::Open(address);
  if (!connection.ok()) {
    std::fprintf(stderr, "%s\n", connection.status().ToString().c_str());
    return 1;
  }
  client::ClockSync sync(**connection);
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::duration<double>(arguments.Number("seconds", 5));
  std::int64_t first_ns = -1;
  std::int64_t last_ns = 0;
  std::int64_t uncertainty_ns = 0;
  long lies = 0;
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const auto reading = sync.Reading();
    if (!reading) continue;
    last_ns = std::abs(reading->offset.count());
    uncertainty_ns = reading->uncertainty.count();
    if (last_ns > uncertainty_ns) ++lies;
    if (first_ns < 0) first_ns = last_ns;
  }
  std::printf("{\"first_us\":%g,\"last_us\":%g,\"uncertainty_us\":%g,\"lies\":%ld}\n",
              static_cast<double>(first_ns) * 1e-3, static_cast<double>(last_ns) * 1e-3,
              static_cast<double>(uncertainty_ns) * 1e-3, lies);
  return first_ns < 0 ? 1 : 0;
}

}  // namespace soarm::perf
