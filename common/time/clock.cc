#include "common/time/clock.h"

#include <cerrno>
#include <cstdio>
#include <string>

#include <limits.h>
#include <time.h>
#include <unistd.h>

namespace soarm {
namespace {

timespec ToTimespec(Nanos since_epoch) noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((since_epoch - seconds).count())};
}

Nanos ReadClock(clockid_t id) noexcept {
  timespec now{};
  clock_gettime(id, &now);
  return std::chrono::seconds(now.tv_sec) + Nanos(now.tv_nsec);
}

// FNV-1a, 64 bit: a name for a clock, not a secret.
std::uint64_t Hash(std::uint64_t seed, const std::string& text) {
  for (const char c : text) {
    seed ^= static_cast<unsigned char>(c);
    seed *= 0x100000001b3ULL;
  }
  return seed;
}

std::string ReadBootId() {
  std::string id(64, '\0');
  std::FILE* file = std::fopen("/proc/sys/kernel/random/boot_id", "re");
  if (file == nullptr) return {};
  id.resize(std::fread(id.data(), 1, id.size(), file));
  std::fclose(file);
  return id;
}

std::string ReadTimeNamespace() {
  std::string name(PATH_MAX, '\0');
  const ssize_t size = readlink("/proc/self/ns/time", name.data(), name.size());
  name.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return name;
}

}  // namespace

MonoTime MonotonicClock::Now() const noexcept { return MonoTime(ReadClock(CLOCK_MONOTONIC)); }

void MonotonicClock::SleepUntil(MonoTime deadline) noexcept {
  const timespec until = ToTimespec(deadline.time_since_epoch());
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

// Both are slewed and stepped together, so that nothing but sleep and the time between two readings
// is in their difference.
SleepSpan MonotonicClock::Suspended() const noexcept {
  const Nanos before = ReadClock(CLOCK_MONOTONIC);
  const Nanos awake_and_asleep = ReadClock(CLOCK_BOOTTIME);
  const Nanos after = ReadClock(CLOCK_MONOTONIC);
  return {awake_and_asleep - after, awake_and_asleep - before};
}

std::uint64_t ReadClockId() {
  return Hash(Hash(0xcbf29ce484222325ULL, ReadBootId()), ReadTimeNamespace());
}

std::uint64_t ReadSuspendCount() {
  std::FILE* file = std::fopen("/sys/power/suspend_stats/success", "re");
  if (file == nullptr) return 0;
  unsigned long long count = 0;
  if (std::fscanf(file, "%llu", &count) != 1) count = 0;
  std::fclose(file);
  return count;
}

Nanos ReadWallOffset() noexcept { return ReadClock(CLOCK_REALTIME) - ReadClock(CLOCK_MONOTONIC); }

}  // namespace soarm
