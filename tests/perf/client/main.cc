// The gRPC side of the benchmarks; prints JSON.
//
//   perf_client call  ADDRESS /package.Service/Method [JSON]   any unary method
//   perf_client watch ADDRESS [--clients N] [--rate HZ] [--seconds S]
//   perf_client clock ADDRESS [--seconds S]
//   perf_client drive ADDRESS [--mode follow|steps] [--joint NAME] [--rate HZ] [--seconds S]
//   perf_client first ADDRESS [--joints N] [--timeout S]
//
// ADDRESS is unix:PATH or HOST:PORT.

#include <cstdio>
#include <string_view>

#include "tests/perf/client/channel.h"

int main(int argc, char** argv) {
  const soarm::perf::Arguments arguments(argc, argv);
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "call") return soarm::perf::Call(arguments);
  if (command == "watch") return soarm::perf::Watch(arguments);
  if (command == "clock") return soarm::perf::Clock(arguments);
  if (command == "drive") return soarm::perf::Drive(arguments);
  if (command == "first") return soarm::perf::First(arguments);
  std::fputs(
      "usage: perf_client call|watch|clock|drive|first ADDRESS …; see the head of its source\n",
      stderr);
  return 2;
}
