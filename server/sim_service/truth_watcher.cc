#include "server/sim_service/truth_watcher.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/service/edge/errors.h"
#include "server/sim_service/sim_messages.h"

namespace soarm {

void TruthWatcher::Start() {
  streams_.Add(this);
  const std::lock_guard lock(mutex_);
  due_ = MonotonicClock().Now();
  if (step_ != Step::kFinished) Send();
}

void TruthWatcher::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  if (step_ == Step::kFinished) return;
  if (!ok || !ended_.ok()) {
    Finish(ended_.ok() ? absl::CancelledError("the client is gone") : ended_);
    return;
  }
  const MonoTime now = MonotonicClock().Now();
  due_ = std::max(due_ + period_, now);
  step_ = Step::kWaiting;
  // gRPC's alarms count in system time or its own monotonic one; a span fits both.
  alarm_.Set(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                          gpr_time_from_nanos((due_ - now).count(), GPR_TIMESPAN)),
             [this](bool) { OnAlarm(); });
}

void TruthWatcher::OnAlarm() {
  const std::lock_guard lock(mutex_);
  if (ended_.ok()) {
    Send();
  } else {
    Finish(ended_);
  }
}

void TruthWatcher::OnCancel() { End(absl::CancelledError("the client cancelled")); }

// The call may only end once no alarm is under way: its function holds `this`.
void TruthWatcher::End(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  if (!ended_.ok()) return;
  ended_ = status;
  if (step_ == Step::kWaiting) alarm_.Cancel();
}

void TruthWatcher::OnDone() {
  streams_.Remove(this);
  {
    // Whoever called Finish() may still hold the lock.
    const std::lock_guard lock(mutex_);
  }
  delete this;
}

void TruthWatcher::Send() {
  step_ = Step::kWriting;
  out_ = ToProto(simulation_.Do([](sim::SimControls& bus) { return bus.Truth(); }));
  StartWrite(&out_);
}

void TruthWatcher::Finish(const absl::Status& status) {
  if (std::exchange(step_, Step::kFinished) == Step::kFinished) return;
  ServerWriteReactor::Finish(ToGrpc(status));
}

}  // namespace soarm
