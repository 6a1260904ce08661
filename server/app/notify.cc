#include "server/app/notify.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <systemd/sd-daemon.h>

#include "common/base/problem.h"

namespace soarm {
namespace {

constexpr Nanos kStatusEvery = std::chrono::milliseconds(500);

// The watchdog's period; zero when there is none.
Nanos WatchdogPeriod() {
  std::uint64_t period_us = 0;
  if (::sd_watchdog_enabled(0, &period_us) <= 0) return Nanos{0};
  return std::chrono::microseconds(period_us);
}

Nanos UpdateEvery(Nanos watchdog) {
  return watchdog > Nanos{0} ? std::min<Nanos>(kStatusEvery, watchdog / 4) : kStatusEvery;
}

}  // namespace

std::string StatusLine(const Robot& robot) {
  std::string line;
  for (const DeviceInfo& info : robot.Devices()) {
    if (!line.empty()) line += "; ";
    line += info.name.substr(info.name.find('/') + 1);
    line += info.open_error.ok() ? " on " + info.place
                                 : ": " + std::string(ToStd(info.open_error.message()));
    for (const Problem& note : info.notes) line += ", " + note.reason + ": " + note.message;
  }
  return line;
}

ServiceManager::ServiceManager(const Robot& robot)
    : robot_(robot),
      watched_(WatchdogPeriod() > Nanos{0}),
      update_every_(UpdateEvery(WatchdogPeriod())),
      progress_(robot.bus_count()) {}

void ServiceManager::Ready() {
  status_ = StatusLine(robot_);
  ::sd_notify(0, ("READY=1\nSTATUS=" + status_).c_str());
}

bool ServiceManager::Update() {
  std::vector<BusState> states;
  for (std::size_t bus = 0; bus < robot_.bus_count(); ++bus) states.push_back(robot_.State(bus));
  if (progress_.Advanced(states) && watched_) ::sd_notify(0, "WATCHDOG=1");
  std::string status = StatusLine(robot_);
  if (status == status_) return false;
  status_ = std::move(status);
  ::sd_notify(0, ("STATUS=" + status_).c_str());
  return true;
}

void ServiceManager::Stopping(const std::string& why) {
  ::sd_notify(0, ("STOPPING=1\nSTATUS=" + why).c_str());
}

}  // namespace soarm
