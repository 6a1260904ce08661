// The least code that runs a servo bus: one write that carries goals and the read request, then
// poll and read until the answers are there. The floor of P1 and P2.
//
//   floor_bus_loop --port TTY [--script FILE | --servos N --address A --length L]
//                  [--rate HZ (0: back to back)] [--seconds S] [--priority P]
//
// A script holds one cycle a line: what to send, in hex, and how many bytes come back. It is how
// the same packets that the daemon sent, taken from the simulator's byte log, are played again.
// Without one, N servos get the position they have as goal, and L bytes from A are read of each.
// Prints one JSON object.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <asm/termbits.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/perf/realtime.h"
#include "tests/perf/samples.h"

namespace {

using soarm::perf::MonotonicNs;
using Bytes = std::vector<std::uint8_t>;

constexpr std::int64_t kPatienceNs = 20'000'000;
constexpr std::size_t kStatusOverhead = 6;

struct Cycle {
  Bytes request;
  std::size_t answer = 0;
};

struct Options {
  std::string port;
  std::string script;
  int servos = 6;
  int address = 56;
  int length = 2;
  double rate_hz = 0;
  double seconds = 3;
  int priority = 80;
};

bool Parse(int argc, char** argv, Options& options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--port") {
      options.port = value;
    } else if (name == "--script") {
      options.script = value;
    } else if (name == "--servos") {
      options.servos = std::atoi(value);
    } else if (name == "--address") {
      options.address = std::atoi(value);
    } else if (name == "--length") {
      options.length = std::atoi(value);
    } else if (name == "--rate") {
      options.rate_hz = std::atof(value);
    } else if (name == "--seconds") {
      options.seconds = std::atof(value);
    } else if (name == "--priority") {
      options.priority = std::atoi(value);
    } else {
      return false;
    }
  }
  return !options.port.empty();
}

void SetThreshold(int fd, std::size_t bytes) {
  termios2 settings{};
  ioctl(fd, TCGETS2, &settings);
  settings.c_cc[VMIN] = static_cast<cc_t>(bytes > 255 ? 255 : bytes);
  ioctl(fd, TCSETS2, &settings);
}

int OpenPort(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return fd;
  termios2 settings{};
  settings.c_cflag = CS8 | CREAD | CLOCAL | BOTHER | (BOTHER << IBSHIFT);
  settings.c_ispeed = 1'000'000;
  settings.c_ospeed = 1'000'000;
  settings.c_cc[VMIN] = 1;
  ioctl(fd, TCSETS2, &settings);
  ioctl(fd, TCFLSH, TCIOFLUSH);
  return fd;
}

// Appends FF FF id length instruction parameters checksum.
void AddPacket(Bytes& out, int id, int instruction, const Bytes& parameters) {
  Bytes body{static_cast<std::uint8_t>(id), static_cast<std::uint8_t>(parameters.size() + 2),
             static_cast<std::uint8_t>(instruction)};
  body.insert(body.end(), parameters.begin(), parameters.end());
  unsigned sum = 0;
  for (const std::uint8_t byte : body) sum += byte;
  out.insert(out.end(), {0xFF, 0xFF});
  out.insert(out.end(), body.begin(), body.end());
  out.push_back(static_cast<std::uint8_t>(~sum));
}

Bytes SyncRead(int address, int length, int servos) {
  Bytes parameters{static_cast<std::uint8_t>(address), static_cast<std::uint8_t>(length)};
  for (int id = 1; id <= servos; ++id) parameters.push_back(static_cast<std::uint8_t>(id));
  Bytes packet;
  AddPacket(packet, 0xFE, 0x82, parameters);
  return packet;
}

// True when all answers came; they are then in `answer`.
bool Exchange(int fd, const Cycle& cycle, Bytes& answer) {
  std::size_t size = 0;
  if (write(fd, cycle.request.data(), cycle.request.size()) !=
      static_cast<ssize_t>(cycle.request.size())) {
    return false;
  }
  const std::int64_t deadline = MonotonicNs() + kPatienceNs;
  pollfd wait{fd, POLLIN, 0};
  while (size < cycle.answer) {
    const std::int64_t left = deadline - MonotonicNs();
    if (left <= 0) {
      ioctl(fd, TCFLSH, TCIFLUSH);
      return false;
    }
    const timespec timeout{0, static_cast<long>(left)};
    ppoll(&wait, 1, &timeout, nullptr);
    const ssize_t got = read(fd, answer.data() + size, cycle.answer - size);
    if (got > 0) size += static_cast<std::size_t>(got);
  }
  return true;
}

std::vector<Cycle> ReadScript(const std::string& path) {
  std::vector<Cycle> script;
  std::ifstream file(path);
  std::string hex;
  Cycle cycle;
  while (file >> hex >> cycle.answer) {
    cycle.request.clear();
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      cycle.request.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    script.push_back(cycle);
  }
  return script;
}

std::vector<Cycle> HoldAndRead(int fd, const Options& options) {
  const auto servos = static_cast<std::size_t>(options.servos);
  const Cycle where{SyncRead(56, 2, options.servos), servos * (kStatusOverhead + 2)};
  Bytes answer(512);
  if (!Exchange(fd, where, answer)) return {};
  Bytes goals{42, 2};
  for (std::size_t k = 0; k < servos; ++k) {
    const std::size_t data = k * (kStatusOverhead + 2) + 5;
    goals.insert(goals.end(), {static_cast<std::uint8_t>(k + 1), answer[data], answer[data + 1]});
  }
  Cycle cycle;
  AddPacket(cycle.request, 0xFE, 0x83, goals);
  const Bytes read = SyncRead(options.address, options.length, options.servos);
  cycle.request.insert(cycle.request.end(), read.begin(), read.end());
  cycle.answer = servos * (kStatusOverhead + static_cast<std::size_t>(options.length));
  return {cycle};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!Parse(argc, argv, options)) {
    std::fputs("usage: floor_bus_loop --port TTY …; see the head of its source\n", stderr);
    return 2;
  }
  const int fd = OpenPort(options.port);
  if (fd < 0) {
    std::perror(options.port.c_str());
    return 1;
  }
  const std::vector<Cycle> script =
      options.script.empty() ? HoldAndRead(fd, options) : ReadScript(options.script);
  if (script.empty()) {
    std::fputs("nothing to send: the servos do not answer, or the script is empty\n", stderr);
    return 1;
  }

  const std::size_t room = static_cast<std::size_t>(options.seconds * 4000) + 1;
  soarm::perf::Samples lateness(room);
  soarm::perf::Samples period(room);
  soarm::perf::Samples exchange(room);
  Bytes answer(512);
  const bool realtime = soarm::perf::BecomeRealtime(options.priority);

  const std::int64_t step =
      options.rate_hz > 0 ? static_cast<std::int64_t>(1e9 / options.rate_hz) : 0;
  std::size_t cycles = 0;
  std::size_t incomplete = 0;
  std::int64_t missed = 0;
  // One wake-up per answer where all are of one size. Else a wake-up per batch of bytes: what is
  // left of a longer answer could be less than the threshold, and would wait for the time-out.
  std::size_t threshold = script.front().answer;
  for (const Cycle& cycle : script) threshold = cycle.answer == threshold ? threshold : 1;
  SetThreshold(fd, threshold);
  const std::int64_t cpu_before = soarm::perf::ThreadCpuNs();
  const std::int64_t start = MonotonicNs();
  const std::int64_t end = start + static_cast<std::int64_t>(options.seconds * 1e9);
  std::int64_t due = start + step;
  std::int64_t last = 0;
  for (std::int64_t now = start; now < end; ++cycles) {
    const Cycle& cycle = script[cycles % script.size()];
    if (step != 0) soarm::perf::SleepUntilNs(due);
    const std::int64_t woke = MonotonicNs();
    if (step != 0) {
      lateness.Add(woke - due);
      const std::int64_t skipped = (woke - due) / step;
      missed += skipped;
      due += step * (skipped + 1);
    }
    if (last != 0) period.Add(woke - last);
    last = woke;
    if (!Exchange(fd, cycle, answer)) ++incomplete;
    now = MonotonicNs();
    exchange.Add(now - woke);
  }
  const double seconds = static_cast<double>(MonotonicNs() - start) * 1e-9;
  const double cpu_us = static_cast<double>(soarm::perf::ThreadCpuNs() - cpu_before) * 1e-3;
  std::printf(
      "{\"realtime\":%s,\"cycles\":%zu,\"seconds\":%.6f,\"cycles_per_s\":%.3f,\"incomplete\":%zu,"
      "\"missed\":%lld,\"cpu_us_per_cycle\":%.3f,\"period_us\":%s,\"exchange_us\":%s,"
      "\"lateness_us\":%s}\n",
      realtime ? "true" : "false", cycles, seconds, static_cast<double>(cycles) / seconds,
      incomplete, static_cast<long long>(missed), cpu_us / static_cast<double>(cycles),
      period.Json().c_str(), exchange.Json().c_str(), lateness.Json().c_str());
  close(fd);
  return incomplete == cycles ? 1 : 0;
}
