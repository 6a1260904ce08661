#include "server/sim/bus_simulation.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/base/problem.h"

namespace soarm::sim {
namespace {

constexpr Nanos kBite = std::chrono::milliseconds(20);
constexpr Nanos kLongestLag = std::chrono::seconds(1);
// Of the host, until it may be gone.
constexpr Nanos kSilence = std::chrono::milliseconds(100);
// Real servos answer on time however busy the host is, so the simulation asks to run ahead of
// whoever drives it (the daemon's control threads ask for 50). Without the right to it runs on as
// an ordinary thread, and a busy machine then looks like a bad cable.
constexpr int kPriority = 60;

timespec ToTimespec(Nanos span) {
  const auto nanos = std::max<std::int64_t>(0, span.count());
  return {.tv_sec = static_cast<time_t>(nanos / 1'000'000'000),
          .tv_nsec = static_cast<long>(nanos % 1'000'000'000)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<BusSimulation>> BusSimulation::Open(const SimulationOptions& options,
                                                                   std::unique_ptr<World> world) {
  std::optional<Robot> robot = FindRobot(options.robot, options.firmware, options.calibrated);
  if (!robot) {
    return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                     .reason = "UNKNOWN_ROBOT",
                     .subject = options.robot,
                     .message = "There is no robot named \"" + options.robot + "\".",
                     .fix = "Choose so101, so101_leader, so100, so100_leader or lekiwi.",
                     .facts = {}});
  }
  if (options.box > 0) robot = BoxOf(*robot, options.box);
  auto terminal = PseudoTerminal::Open(options.link);
  if (!terminal.ok()) return terminal.status();
  const int wake_descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_descriptor < 0) {
    return ToStatus({.code = absl::StatusCode::kUnavailable,
                     .reason = "NO_DESCRIPTOR",
                     .subject = "eventfd",
                     .message = std::string("No descriptor is left: ") + std::strerror(errno),
                     .fix = "Raise the limit of open files.",
                     .facts = {}});
  }
  SimulationOptions timed = options;
  timed.bus.start = MonotonicClock().Now();
  return std::unique_ptr<BusSimulation>(
      new BusSimulation(timed, *robot, *std::move(terminal), std::move(world), wake_descriptor));
}

BusSimulation::BusSimulation(const SimulationOptions& options, const Robot& robot,
                             PseudoTerminal terminal, std::unique_ptr<World> world,
                             int wake_descriptor)
    : free_run_(options.free_run),
      wake_descriptor_(wake_descriptor),
      model_(robot, options.bus, std::move(world)),
      terminal_(std::move(terminal)),
      link_(options.link),
      thread_([this] { Run(); }) {}

BusSimulation::~BusSimulation() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  Wake();
  thread_.join();
  ::close(wake_descriptor_);
}

std::string BusSimulation::pts_path() const {
  const std::lock_guard lock(mutex_);
  return terminal_.is_open() ? terminal_.slave_path() : std::string();
}

std::string BusSimulation::path() const {
  const std::lock_guard lock(mutex_);
  return link_.empty() ? terminal_.slave_path() : link_;
}

void BusSimulation::Unplug() {
  const std::lock_guard lock(mutex_);
  CatchUp();
  terminal_.Close();
  model_.DropUndelivered();
  Wake();
}

absl::Status BusSimulation::Replug(const std::string& link) {
  const std::lock_guard lock(mutex_);
  if (terminal_.is_open()) {
    return ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                     .reason = "STILL_PLUGGED",
                     .subject = terminal_.slave_path(),
                     .message = "The adapter is plugged in already.",
                     .fix = "Call Unplug first.",
                     .facts = {}});
  }
  const std::string& name = link.empty() ? link_ : link;
  auto terminal = PseudoTerminal::Open(name);
  if (!terminal.ok()) return terminal.status();
  CatchUp();
  model_.DropUndelivered();
  terminal_ = *std::move(terminal);
  link_ = name;
  Wake();
  return absl::OkStatus();
}

absl::Status BusSimulation::Step(int ticks) {
  if (!free_run_) {
    return ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                     .reason = "NOT_FREE_RUNNING",
                     .subject = "Step",
                     .message = "The simulation runs in real time and needs no steps.",
                     .fix = "Start it with --free-run.",
                     .facts = {}});
  }
  const std::lock_guard lock(mutex_);
  model_.AdvanceTo(model_.now() + std::max(0, ticks) * World::kStep);
  DeliverToHost();
  Wake();
  return absl::OkStatus();
}

MonoTime BusSimulation::now() const {
  const std::lock_guard lock(mutex_);
  return BusTime();
}

BusSimulation::Stats BusSimulation::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

MonoTime BusSimulation::BusTime() const noexcept {
  return free_run_ ? model_.now() : std::max(clock_.Now(), model_.now());
}

void BusSimulation::CatchUp() {
  if (free_run_) return;
  const MonoTime now = BusTime();
  if (const Nanos lag = model_.WorldLag(now); lag > kLongestLag) {
    model_.PauseWorldUntil(now);
    stats_.slipped += lag;
  }
  model_.AdvanceTo(now);
  DeliverToHost();
}

void BusSimulation::Serve() {
  const MonoTime now = BusTime();
  ReadHost(now);
  if (free_run_) {
    // What was asked is answered at once: the clock jumps to wherever the wire has work.
    while (const std::optional<MonoTime> due = model_.next_due()) {
      model_.AdvanceTo(*due);
      DeliverToHost();
    }
  } else {
    if (const Nanos lag = model_.WorldLag(now); lag > kLongestLag) {
      model_.PauseWorldUntil(now);
      stats_.slipped += lag;
    }
    model_.AdvanceTo(std::min(now, model_.now() + kBite));
  }
  DeliverToHost();
}

void BusSimulation::ReadHost(MonoTime at) {
  for (auto bytes = terminal_.Read(); !bytes.empty(); bytes = terminal_.Read()) {
    model_.HostBytes(at, bytes, terminal_.LineSpeed());
    heard_at_ = at;
  }
  if (at - heard_at_ < kSilence) return;
  terminal_.ForgetDeadHold();
  heard_at_ = at;
}

void BusSimulation::DeliverToHost() {
  const std::vector<HostByteDue> due = model_.TakeDelivered();
  if (due.empty()) return;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(due.size());
  for (const HostByteDue& byte : due) bytes.push_back(byte.value);
  stats_.host_bytes_lost += bytes.size() - terminal_.Write(bytes);
}

MonoTime BusSimulation::NextWakeUp() const {
  const std::optional<MonoTime> due = model_.next_due();
  if (free_run_) return MonoTime::max();
  const MonoTime world = model_.now() + kBite;
  return due ? std::min(*due, world) : world;
}

void BusSimulation::Wake() noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_descriptor_, &one, sizeof(one)));
}

void BusSimulation::Run() {
  ::pthread_setname_np(::pthread_self(), "sim-bus");
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  if (!free_run_) {
    const sched_param parameter{.sched_priority = kPriority};
    ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &parameter);
  }
  while (true) {
    MonoTime wake_at;
    int descriptor = -1;
    {
      const std::lock_guard lock(mutex_);
      if (ends_) return;
      ++stats_.wakeups;
      Serve();
      wake_at = NextWakeUp();
      descriptor = terminal_.descriptor();
    }
    pollfd watched[2] = {{wake_descriptor_, POLLIN, 0}, {descriptor, POLLIN, 0}};
    if (wake_at == MonoTime::max()) {
      ::ppoll(watched, 2, nullptr, nullptr);
    } else {
      const timespec wait = ToTimespec(wake_at - clock_.Now());
      ::ppoll(watched, 2, &wait, nullptr);
    }
    if ((watched[0].revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      static_cast<void>(!::read(wake_descriptor_, &count, sizeof(count)));
    }
  }
}

}  // namespace soarm::sim
