#include "server/service/robot/rate_meter.h"

#include <chrono>

namespace soarm {
namespace {

constexpr Nanos kWindow = std::chrono::milliseconds(250);
constexpr Nanos kStandsStillAfter = std::chrono::seconds(1);

}  // namespace

RateMeter::RateMeter(Robot& robot, const Clock& clock)
    : robot_(robot), clock_(clock), windows_(robot.bus_count()) {
  robot_.AddListener(this);
}

RateMeter::~RateMeter() { robot_.RemoveListener(this); }

void RateMeter::OnTick() {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.Now();
  if (now - looked_at_ < kWindow) return;
  looked_at_ = now;
  for (std::size_t bus = 0; bus < windows_.size(); ++bus) {
    const BusState state = robot_.State(bus);
    windows_[bus].before = windows_[bus].newest;
    windows_[bus].newest = {state.ticks_run, state.tick_at};
  }
}

double RateMeter::Rate_hz(std::size_t bus) const {
  const std::lock_guard lock(mutex_);
  const Window& window = windows_[bus];
  const Nanos span = window.newest.at - window.before.at;
  if (window.before.at == MonoTime{} || span <= Nanos(0)) return 0;
  if (clock_.Now() - window.newest.at > kStandsStillAfter) return 0;
  return static_cast<double>(window.newest.ticks_run - window.before.ticks_run) / ToSeconds(span);
}

}  // namespace soarm
