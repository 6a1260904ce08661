#include "tests/adversary/judge/drives.h"

#include <algorithm>
#include <cmath>

namespace soarm::adversary {

using namespace bounds;

void Drives::Begin(const SceneFacts& scene, const Ledger& ledger, const Troubles& troubles) {
  scene_ = &scene;
  ledger_ = &ledger;
  troubles_ = &troubles;
  drives_.assign(scene.joints.size(), {});
  reaches_.assign(scene.joints.size(), {});
  moved_at_.assign(scene.joints.size(), kNever);
  fell_at_.assign(scene.groups.size(), kNever);
}

void Drives::Take(std::size_t i, Time at) {
  Drive& drive = drives_[i];
  drive.licensed = false;
  for (const Licence& licence : ledger_->licences(i)) {
    const double top = ledger_->TopSpeed(i, licence);
    // At scale 0 nothing moves.
    if (at > licence.until + kTicks || top <= 0 || licence.held) continue;
    drive.licensed = true;
    drive.ended_at = std::max(drive.ended_at, std::min(at, licence.until));
    reaches_[i].Allow(at, licence.target, top);
  }
}

Time Drives::others_moved_at(std::size_t joint) const {
  const std::size_t group = ledger_->GroupOf(joint);
  Time last = kNever;
  for (std::size_t i = 0; i < moved_at_.size(); ++i) {
    if (i != joint && ledger_->GroupOf(i) == group) last = std::max(last, moved_at_[i]);
  }
  return last;
}

void Drives::LeaveWith(Drive& drive, Time at) {
  drive.left_with_rad_s = std::max(drive.left_with_rad_s, drive.lately.top_speed);
  drive.cut_off_at = at;
}

void Drives::On(Time at, const What& what) {
  const auto* process = std::get_if<ProcessDid>(&what);
  const auto* did = std::get_if<WorldDid>(&what);
  const auto* seen = std::get_if<StateSeen>(&what);
  const bool away = process != nullptr &&
                    (process->fate == ProcessFate::kKilled ||
                     process->fate == ProcessFate::kFrozen || process->fate == ProcessFate::kEnded);
  const bool unplugged = did != nullptr && did->what == "unplug";
  for (std::size_t i = 0; i < drives_.size(); ++i) {
    const bool closed = seen != nullptr && !seen->bus_open[scene_->joints[i].bus];
    if (!away && !unplugged && !closed) continue;
    LeaveWith(drives_[i], at);
  }
  const auto* sent = std::get_if<FrameSent>(&what);
  if (sent == nullptr || !sent->posted) return;
  for (const FrameSent::Target& target : sent->targets) {
    if (target.joint < drives_.size()) Take(target.joint, at);
  }
}

void Drives::On(const TruthFrame& frame) {
  for (std::size_t i = 0; i < drives_.size(); ++i) {
    const ShaftTruth& shaft = frame.shafts[i];
    Drive& drive = drives_[i];
    const bool before = drive.licensed;
    Take(i, frame.at);
    if (!before || !drive.licensed) drive.since = frame.at;
    const bool reached = troubles_->CanBeRead(i, shaft, frame.at) && !troubles_->IsSaidToBeCut(i);
    if (!reached && drive.reached) LeaveWith(drive, frame.at);
    drive.reached = reached;
    // Not by what is refused within some ticks.
    const bool commanded = drive.licensed && frame.at - drive.since > 2 * kTicks;
    if (reached && commanded && drive.since > drive.cut_off_at) drive.left_with_rad_s = 0;
    drive.lately = reaches_[i].At(frame.at);
    const bool driven = shaft.powered && shaft.attached && shaft.torque_on;
    if (driven && !drive.driven) drive.torque_since = frame.at;
    drive.driven = driven;
    // Nobody promises anything for the motion of what is only read.
    const bool read_only = !scene_->groups[ledger_->GroupOf(i)].writable;
    if (read_only || troubles_->IsNotOurs(i, frame.at))
      drive.not_ours_until = frame.at + kSwings / 2;
    const double speed = std::abs(shaft.speed_rad_s);
    if (speed > kStands_rad_s) moved_at_[i] = frame.at;
    if (speed > kFalls_rad_s && !driven) fell_at_[ledger_->GroupOf(i)] = frame.at;
  }
}

}  // namespace soarm::adversary
