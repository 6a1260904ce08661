#include "tests/system/goal_log.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include "common/base/units.h"

namespace soarm::test {
namespace {

constexpr int kPing = 0x01;
constexpr int kRead = 0x02;
constexpr int kWrite = 0x03;
constexpr int kSyncRead = 0x82;
constexpr int kSyncWrite = 0x83;
constexpr int kGoalPosition = 42;
constexpr int kFirstProtected = 40;
constexpr int kLastProtected = 49;
constexpr double kShort_s = 0.05;
constexpr double kLong_s = 0.2;
// A packet is stamped when the simulator comes to read it, so that what waited for a busy machine
// looks as if it had been sent at once.
constexpr double kJitter_s = 0.03;

// One write of consecutive registers of one servo.
struct RegisterWrite {
  std::int64_t time_ns = 0;
  int servo = 0;
  int address = 0;
  std::string bytes;
};

int Byte(const std::string& bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

bool IsWhole(const std::string& packet) {
  int sum = 0;
  for (std::size_t i = 2; i + 1 < packet.size(); ++i) sum += Byte(packet, i);
  return packet.size() >= 6 && Byte(packet, packet.size() - 1) == (~sum & 0xFF);
}

void TakePacket(std::int64_t time_ns, const std::string& packet,
                std::vector<RegisterWrite>& writes) {
  const int instruction = Byte(packet, 4);
  if (instruction == kWrite && packet.size() > 7) {
    writes.push_back(
        {time_ns, Byte(packet, 2), Byte(packet, 5), packet.substr(6, packet.size() - 7)});
  }
  if (instruction != kSyncWrite || packet.size() < 8) return;
  const auto width = static_cast<std::size_t>(Byte(packet, 6));
  for (std::size_t at = 7; at + width + 1 < packet.size(); at += width + 1) {
    writes.push_back({time_ns, Byte(packet, at), Byte(packet, 5), packet.substr(at + 1, width)});
  }
}

// Hands over the host's packets as the bus carried them. Not every entry of the log ends with one;
// the first may begin within one and the last be on its way; and one that met an answer which this
// machine delayed is damaged, so that no servo took it either.
void ForEachPacket(client::Connection& simulator, std::int64_t since_ns, const std::string& bus,
                   const std::function<void(std::int64_t time_ns, const std::string&)>& take) {
  sim::ReadByteLogRequest request;
  request.set_bus(bus);
  request.set_since_ns(since_ns);
  const auto log = simulator.Call(kReadByteLog, request);
  if (!log.ok() || log->lost() > 0) {
    ADD_FAILURE() << "the byte log is not whole: " << log.status();
    return;
  }
  std::string bytes;  // of packets not taken yet
  for (const sim::LoggedBytes& entry : log->entries()) {
    if (!entry.from_host()) continue;
    bytes += entry.data();
    std::size_t at = 0;
    while (at + 4 <= bytes.size()) {
      if (Byte(bytes, at) != 0xFF || Byte(bytes, at + 1) != 0xFF) {
        at = std::min(bytes.find("\xFF\xFF", at), bytes.size());
        continue;
      }
      const auto size = static_cast<std::size_t>(Byte(bytes, at + 3)) + 4;
      if (at + size > bytes.size()) break;
      if (!IsWhole(bytes.substr(at, size))) {
        at += 2;
        continue;
      }
      const auto before = static_cast<std::int64_t>(bytes.size() - entry.data().size());
      const auto delay_ns = (static_cast<std::int64_t>(at) - before) * entry.byte_ns();
      take(entry.time_ns() + delay_ns, bytes.substr(at, size));
      at += size;
    }
    bytes.erase(0, at);
  }
}

std::vector<RegisterWrite> WritesSince(client::Connection& simulator, std::int64_t since_ns,
                                       const std::string& bus) {
  std::vector<RegisterWrite> writes;
  ForEachPacket(simulator, since_ns, bus, [&](std::int64_t time_ns, const std::string& packet) {
    TakePacket(time_ns, packet, writes);
  });
  return writes;
}

double FastestOver(double window_s, const std::vector<GoalWritten>& goals, int servo) {
  const auto window_ns = static_cast<std::int64_t>(window_s * 1e9);
  double fastest = 0;
  std::deque<GoalWritten> window;  // of this servo, the oldest first
  for (const GoalWritten& goal : goals) {
    if (goal.servo != servo) continue;
    while (window.size() > 1 && goal.time_ns - window[1].time_ns >= window_ns) window.pop_front();
    if (!window.empty()) {
      const GoalWritten& from = window.front();
      const double ticks = std::max(0, std::abs(goal.raw - from.raw) - 1);
      const double seconds = static_cast<double>(goal.time_ns - from.time_ns) * 1e-9;
      fastest = std::max(fastest, ticks * kRadPerTick / (std::max(seconds, window_s) + kJitter_s));
    }
    window.push_back(goal);
  }
  return fastest;
}

}  // namespace

std::vector<GoalWritten> GoalsSince(client::Connection& simulator, std::int64_t since_ns,
                                    const std::string& bus) {
  std::vector<GoalWritten> goals;
  for (const RegisterWrite& write : WritesSince(simulator, since_ns, bus)) {
    if (write.address != kGoalPosition || write.bytes.size() < 2) continue;
    const int word = Byte(write.bytes, 0) + 256 * Byte(write.bytes, 1);
    goals.push_back({write.time_ns, write.servo, word < 0x8000 ? word : 0x8000 - word});
  }
  return goals;
}

int CountProtectedWrites(client::Connection& simulator, const std::string& bus) {
  const std::vector<RegisterWrite> writes = WritesSince(simulator, 0, bus);
  return static_cast<int>(std::count_if(writes.begin(), writes.end(), [](const auto& write) {
    const int last = write.address + static_cast<int>(write.bytes.size()) - 1;
    return write.address <= kLastProtected && last >= kFirstProtected;
  }));
}

int CountChanges(client::Connection& simulator, std::int64_t since_ns, const std::string& bus) {
  int count = 0;
  ForEachPacket(simulator, since_ns, bus, [&](std::int64_t, const std::string& packet) {
    const int instruction = Byte(packet, 4);
    if (instruction != kPing && instruction != kRead && instruction != kSyncRead) ++count;
  });
  return count;
}

double FastestGoal_rad_s(const std::vector<GoalWritten>& goals, int servo) {
  return std::max(FastestOver(kShort_s, goals, servo), FastestOver(kLong_s, goals, servo));
}

std::int64_t LastChange_ns(const std::vector<GoalWritten>& goals, int servo,
                           std::int64_t since_ns) {
  std::int64_t changed_ns = since_ns;
  int raw = -1;
  for (const GoalWritten& goal : goals) {
    if (goal.servo != servo) continue;
    if (raw >= 0 && goal.raw != raw) changed_ns = goal.time_ns;
    raw = goal.raw;
  }
  return changed_ns;
}

double GoalTravel_rad(const std::vector<GoalWritten>& goals, int servo) {
  int lowest = std::numeric_limits<int>::max();
  int highest = std::numeric_limits<int>::min();
  for (const GoalWritten& goal : goals) {
    if (goal.servo != servo) continue;
    lowest = std::min(lowest, goal.raw);
    highest = std::max(highest, goal.raw);
  }
  return lowest > highest ? 0 : (highest - lowest) * kRadPerTick;
}

std::map<std::uint32_t, int> GoalsNow(client::Connection& simulator) {
  std::map<std::uint32_t, int> goals;
  const sim::Truth truth = TruthOf(simulator);
  for (const sim::ServoTruth& servo : truth.servos()) goals[servo.servo()] = servo.goal_raw();
  return goals;
}

void ExpectGoalsHeld(client::Connection& simulator, std::int64_t since_ns,
                     const std::map<std::uint32_t, int>& held, int tolerance) {
  for (const GoalWritten& goal : GoalsSince(simulator, since_ns)) {
    const auto found = held.find(static_cast<std::uint32_t>(goal.servo));
    if (found != held.end() && std::abs(goal.raw - found->second) <= tolerance) continue;
    ADD_FAILURE() << "servo " << goal.servo << " was given the goal " << goal.raw << ", not "
                  << (found == held.end() ? -1 : found->second) << ", "
                  << (goal.time_ns - since_ns) / 1'000'000 << " ms after the start";
    return;
  }
  for (const auto& [servo, raw] : GoalsNow(simulator)) {
    EXPECT_LE(std::abs(raw - held.at(servo)), tolerance) << "servo " << servo;
  }
}

}  // namespace soarm::test
