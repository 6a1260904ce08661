#include "server/control/cycle.h"

#include <algorithm>
#include <utility>

#include "server/control/stop_reach.h"

namespace soarm::control {
Cycle::Cycle(std::string name, const RobotModel& model, GroupId first_group,
             const ControlOptions& options, ActuatorBus& bus, Authority& authority, TickBell& bell,
             Clock& clock)
    : name_(std::move(name)),
      model_(model),
      options_(options),
      clock_(clock),
      core_(model, first_group, options, bus, authority, ports_, clock),
      schedule_(clock.Now(), PeriodOf(options.rate_hz)),
      open_status_(absl::UnavailableError("not opened yet")) {
  ports_.bell = &bell;
}

Cycle::~Cycle() { Stop(EndState::kHold, Nanos::zero()); }

absl::Status Cycle::Start() {
  thread_ = std::thread([this] { Run(); });
  std::unique_lock lock(mutex_);
  started_.wait(lock, [this] { return realtime_.has_value(); });
  if (!options_.require_realtime || realtime_->complete(options_)) return absl::OkStatus();
  const std::string refusals = realtime_->refusals;
  lock.unlock();
  thread_.join();
  return absl::FailedPreconditionError("real-time behaviour was refused: " + refusals);
}

Cycle::EndReport Cycle::Stop(EndState end, Nanos patience) {
  if (!thread_.joinable()) return report_;
  BeginStop(end, patience);
  return Join();
}

Cycle::EndReport Cycle::Join() {
  if (thread_.joinable()) thread_.join();
  return report_;
}

void Cycle::BeginStop(EndState end, Nanos patience) {
  end_ = end;
  patience_ = patience;
  stopping_.store(true, std::memory_order_release);
}

RealtimeReport Cycle::realtime() const {
  const std::lock_guard lock(mutex_);
  return realtime_.value_or(RealtimeReport{});
}

absl::Status Cycle::open_status() const {
  const std::lock_guard lock(mutex_);
  return open_status_;
}

std::vector<Problem> Cycle::notes() const {
  const std::lock_guard lock(mutex_);
  return notes_;
}

void Cycle::Run() {
  {
    RealtimeReport report = RequestRealtime("ctl:" + name_, options_);
    const bool goes_on = !options_.require_realtime || report.complete(options_);
    const std::lock_guard lock(mutex_);
    realtime_ = std::move(report);
    started_.notify_all();
    if (!goes_on) return;
  }
  mark_.emplace();
  StartStepped();
  while (Step()) {
  }
  mark_.reset();
}

void Cycle::StartStepped() { schedule_ = Schedule(clock_.Now(), PeriodOf(options_.rate_hz)); }

bool Cycle::Step() {
  if (!ending_ && stopping_.load(std::memory_order_acquire)) BeginEnd();
  if (ending_ && IsEndOver()) {
    FinishEnd();
    return false;
  }
  if (mark_) mark_->Set(false);
  clock_.SleepUntil(schedule_.due());
  if (mark_) mark_->Set(true);
  core_.Tick(schedule_.tick(), schedule_.due(), schedule_.missed());
  NoteOpenStatus();
  schedule_.Advance(clock_.Now(), core_.tried_open());
  return true;
}

void Cycle::BeginEnd() {
  ending_ = true;
  end_by_ = clock_.Now() + patience_;
  core_.BeginEnd(end_);
}

bool Cycle::IsEndOver() const { return core_.IsEnded() || clock_.Now() >= end_by_; }

void Cycle::FinishEnd() {
  const bool reached = end_ == EndState::kHold ? core_.IsEnded() : core_.is_release_confirmed();
  const BusState state = ports_.state.Load();
  const Nanos recent = std::max(options_.stale_after, 2 * PeriodOf(options_.rate_hz));
  JointMask missed = 0;  // a bus that never was there was never driven either
  if (state.opens > 0) missed = NotReached(state, DrivenJoints(model_), clock_.Now() - recent);
  if (!reached) missed |= core_.not_reached();
  report_ = {.end = end_, .reached = reached, .not_reached = missed};
  core_.Close();
}

// Opening and losing the bus are the only times at which there is something to note, and no tick
// is at stake then.
void Cycle::NoteOpenStatus() {
  const bool open = core_.is_open();
  if (open && noted_open_) return;
  noted_open_ = open;
  const std::lock_guard lock(mutex_);
  open_status_ = core_.open_status();
  notes_.clear();
  if (open) notes_.assign(core_.notes().begin(), core_.notes().end());
}

}  // namespace soarm::control
