#include "tests/adversary/stage/daemon.h"

#include <utility>

#include "server/servo/feetech/feetech_bus.h"

namespace soarm::adversary {
namespace {

// What a pass of a thread costs at least.
constexpr Time kPass = 40'000;
constexpr Time kCallbacksAtLeastEvery = 100'000'000;
constexpr Nanos kEndPatience = std::chrono::seconds(2);

Nanos PeriodOf(double rate_hz) {
  return rate_hz > 0 ? Nanos(static_cast<std::int64_t>(1e9 / rate_hz)) : Nanos{0};
}

}  // namespace

Daemon::Daemon(const Setting& setting, Timeline& timeline, Bench& bench)
    : setting_(setting), timeline_(timeline), bench_(bench), clock_(timeline, setting.seed) {}

Daemon::~Daemon() { Kill(); }

Robot* Daemon::robot() noexcept { return ending_ ? nullptr : runtime_.get(); }

void Daemon::Start() {
  if (runtime_ != nullptr) return;
  ++life_;
  callbacks_awake_ = false;
  clock_.SetDying(false);
  control::ControlOptions options;
  options.rate_hz = setting_.rate_hz;
  options.realtime_priority = 0;
  std::vector<RobotRuntime::BusPart> parts;
  for (std::size_t bus = 0; bus < bench_.buses().size(); ++bus) {
    const BusSetting& place = bench_.buses()[bus];
    ServoBusOptions servo;
    servo.device = "/dev/" + place.name;
    servo.robot = place.model;
    servo.period = PeriodOf(setting_.rate_hz);
    // As the daemon's own wiring does.
    if (servo.period > Nanos{0}) {
      servo.allowance_max = std::min(servo.allowance_max, servo.period * 2 / 5);
    }
    parts.push_back({servo.device,
                     {place.name, place.model,
                      std::make_unique<FeetechBus>(servo, bench_.MakePort(bus, clock_), clock_)}});
  }
  runtime_ = std::make_unique<RobotRuntime>(std::move(parts), options, clock_, &state_folder_);
  runtime_->StartStepped();
  for (std::size_t bus = 0; bus < bench_.buses().size(); ++bus) {
    lines_.push_back(timeline_.Begin([this, bus] { RunBus(bus); }));
  }
  KeepCallbacksAwake(life_);
}

void Daemon::KeepCallbacksAwake(std::uint64_t life) {
  if (runtime_ == nullptr || life != life_) return;
  WakeCallbacks();
  timeline_.At(timeline_.now() + kCallbacksAtLeastEvery,
               [this, life] { KeepCallbacksAwake(life); });
}

void Daemon::RunBus(std::size_t bus) {
  while (!clock_.dying() && runtime_->StepBus(bus)) {
    if (clock_.dying()) return;
    if (on_tick && !ending_) on_tick(bus);
    WakeCallbacks();
    clock_.SleepUntil(clock_.Now() + Nanos(kPass));
  }
}

void Daemon::WakeCallbacks() {
  if (std::exchange(callbacks_awake_, true)) return;
  timeline_.At(std::max(timeline_.now() + kPass, frozen_until()), [this, life = life_] {
    if (life != life_) return;  // another daemon's
    callbacks_awake_ = false;
    if (runtime_ == nullptr || clock_.dying()) return;
    if (timeline_.now() < frozen_until()) {
      WakeCallbacks();
    } else {
      runtime_->StepCallbacks();
    }
  });
}

void Daemon::JoinLines() {
  for (const auto& line : lines_) {
    while (!line->done()) {
      timeline_.Wake(*line);
      timeline_.WaitUntil(timeline_.now());
    }
  }
  lines_.clear();
}

void Daemon::Kill() {
  if (runtime_ == nullptr) return;
  ending_ = true;
  for (std::size_t bus = 0; bus < bench_.buses().size(); ++bus) bench_.CutOff(bus);
  clock_.SetDying(true);
  JoinLines();
  runtime_ = nullptr;
  ending_ = false;
  bench_.ForgetPorts();
  clock_.SetDying(false);
}

bool Daemon::End(control::EndState end, std::vector<std::string>& not_reached) {
  if (runtime_ == nullptr) return true;
  ending_ = true;
  runtime_->BeginStop(end, kEndPatience);
  for (const auto& line : lines_) {
    while (!line->done()) timeline_.WaitUntil(timeline_.now() + kPass);
  }
  lines_.clear();
  runtime_->StepCallbacks();
  const bool confirmed = runtime_->Stop(end, kEndPatience);
  not_reached = runtime_->not_reached();
  runtime_ = nullptr;
  ending_ = false;
  bench_.ForgetPorts();
  return confirmed;
}

void Daemon::Suspend(Time span) {
  clock_.Suspend(span);
  bench_.SetModelAhead(clock_.ahead());
}

}  // namespace soarm::adversary
