// How fast the simulated bus is: world, servos, wire and the real driver in virtual time, ticks at
// 200 Hz with goals for every joint. Prints a digest as well: of all bytes with their times and of
// where every shaft was each tick. It changes when, and only when, the simulation does.
//
//   sim_speed [ROBOT [SECONDS [noise]]]
//
// `noise`: answers are damaged too, so that what drives and simulates errors is measured with it.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "server/servo/feetech/feetech_bus.h"
#include "server/sim/sim_controls.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/simulated_port.h"

namespace soarm {
namespace {

constexpr Nanos kPeriod = std::chrono::milliseconds(5);

class Digest {
 public:
  template <typename Value>
  void Add(const Value& value) {
    unsigned char bytes[sizeof(Value)];
    std::memcpy(bytes, &value, sizeof(Value));
    for (const unsigned char byte : bytes) hash_ = (hash_ ^ byte) * 0x100000001B3ULL;
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

// CPU time: other programs on the machine do not count.
double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void AddNewBytes(const sim::BusModel& model, MonoTime& since, Digest& digest) {
  for (const sim::LoggedByte& byte : model.log().Since(since).bytes) {
    digest.Add(ToNanos(byte.at));
    digest.Add(byte.direction);
    digest.Add(byte.value);
  }
  since = model.now();
}

int Main(const std::string& name, int seconds, bool noise) {
  const auto robot = sim::FindRobot(name, {}, true);
  const auto robot_model = FindRobotModel(name);
  if (!robot || !robot_model || seconds < 1) {
    std::fprintf(stderr, "usage: sim_speed [so101|lekiwi|... [SECONDS [noise]]]\n");
    return 2;
  }
  FakeClock clock;
  sim::BusOptions bus_options;
  bus_options.start = clock.Now();
  sim::BusModel model(*robot, bus_options);
  sim::SimControls controls(model);
  ServoBusOptions options;
  options.robot = *robot_model;
  options.period = kPeriod;
  FeetechBus bus(options, std::make_unique<fakes::SimulatedPort>(clock, model), clock);
  const std::size_t joints = options.robot.joints.size();
  std::vector<JointGoal> goals(joints);
  std::vector<JointSample> samples(joints);
  MonoTime next_tick = clock.Now();
  const auto tick = [&] {
    clock.SleepUntil(next_tick);
    next_tick = std::max(next_tick + kPeriod, clock.Now());
    bus.Exchange(goals, samples, next_tick);
  };

  if (const absl::Status opened = bus.Open(); !opened.ok()) {
    std::fprintf(stderr, "%s\n", opened.ToString().c_str());
    return 1;
  }
  bus.Begin({.kind = BusOperation::kEnableTorque, .joints = MaskOf(joints) - 1});
  while (bus.operation().phase == BusOperationResult::Phase::kRunning) tick();
  if (noise && !controls.CorruptBytes(sim::SimControls::kAllServos, 0.005).ok()) return 1;

  Digest digest;
  MonoTime logged_until = model.now();
  const MonoTime start = clock.Now();
  std::vector<double> first(joints);
  for (std::size_t i = 0; i < joints; ++i) first[i] = samples[i].position_rad;
  const double cpu_start = CpuSeconds();
  for (int n = 0; n < seconds * 200; ++n) {
    for (std::size_t i = 0; i < joints; ++i) {
      const bool wheel = options.robot.joints[i].kind == JointKind::kVelocity;
      const double wave = 0.2 * (1 - std::cos(n * 0.01));
      goals[i].write = true;
      goals[i].value = wheel ? wave : first[i] + (first[i] > 0 ? -wave : wave);
    }
    tick();
    AddNewBytes(model, logged_until, digest);
    for (const sim::BusServo& place : model.servos()) {
      digest.Add(model.motion(place.shaft).angle_rad);
    }
  }
  const double cpu = CpuSeconds() - cpu_start;
  const double simulated = std::chrono::duration<double>(clock.Now() - start).count();
  std::printf("%s%s: %.1f simulated seconds in %.2f s: %.0f a second, digest %016llx\n",
              name.c_str(), noise ? " with noise" : "", simulated, cpu, simulated / cpu,
              static_cast<unsigned long long>(digest.value()));
  return 0;
}

}  // namespace
}  // namespace soarm

int main(int count, char** arguments) {
  const std::string robot = count > 1 ? arguments[1] : "so101";
  const int seconds = count > 2 ? std::atoi(arguments[2]) : 60;
  return soarm::Main(robot, seconds, count > 3 && std::string(arguments[3]) == "noise");
}
