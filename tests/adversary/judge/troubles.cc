#include "tests/adversary/judge/troubles.h"

#include <algorithm>
#include <cmath>

namespace soarm::adversary {

using namespace bounds;

void Troubles::Begin(const SceneFacts& scene) {
  scene_ = &scene;
  troubles_.assign(scene.joints.size(), {});
  last_.assign(scene.joints.size(), {});
  std::size_t buses = 0;
  for (const JointFacts& joint : scene.joints) buses = std::max(buses, joint.bus + 1);
  plugged_.assign(buses, true);
  open_at_.assign(buses, 0);
  runs_ = false;
  back_at_ = 0;
}

template <typename Work>
void Troubles::ForEach(const WorldDid& did, Work work) {
  for (std::size_t i = 0; i < troubles_.size(); ++i) {
    const bool meant = did.all_joints ? scene_->joints[i].bus == did.bus : i == did.joint;
    if (meant) work(troubles_[i]);
  }
}

void Troubles::On(Time at, const WorldDid& did) {
  const auto until = [at](Time& word, Time span) { word = std::max(word, at + span); };
  const std::string& what = did.what;
  ForEach(did, [&](Trouble& trouble) {
    if (what == "block") trouble.blocked = true;
    if (what == "block" || what == "unblock") until(trouble.moved_by_world, kSwings);
    if (what == "unblock") trouble.blocked = false;
    if (what == "load") {
      trouble.load_nm = did.value;
      until(trouble.moved_by_world, kSwings);
    }
    if (what == "temperature" || what == "hand" || what == "hand-off") {
      until(trouble.moved_by_world, kSwings);
    }
    if (what == "mute") trouble.deaf = did.value != 0;
    if (what == "corrupt-answers" || what == "corrupt-requests") {
      trouble.damage = did.value <= 1 ? did.value : 0.01;
    }
    if (what == "mute" || what.starts_with("corrupt") || what == "delay" || what == "drop" ||
        what == "truncate" || what == "status-bits") {
      until(trouble.unreached, kSwings);
    }
    // Several quarantined at once are found again one after the other, once a second.
    if ((what == "mute" || what.starts_with("corrupt")) && did.value == 0) {
      until(trouble.unreached, 2 * kSwings);
    }
    if (what == "delay") trouble.deaf = did.value > 0.0002;
    if (what == "status-bits") trouble.deaf = did.value != 0;
    if (what == "swap") trouble.recalibrated = true;
    if (what == "power-cycle" || what == "detach" || what == "attach" || what == "swap") {
      trouble.power_changed = at;
      until(trouble.unreached, 4 * kSwings);
      until(trouble.moved_by_world, kSwings);
    }
    if (what == "write-registers") {
      const bool stored = did.address < 40;
      trouble.recalibrated = trouble.recalibrated || stored;
      until(trouble.by_another, stored ? kNoticesSettings : kNoticesWorking);
    }
    if (what == "clear-injections") {
      until(trouble.moved_by_world, kSwings);
      until(trouble.unreached, 2 * kSwings);
      trouble.blocked = trouble.deaf = false;
      trouble.load_nm = trouble.damage = 0;
    }
  });
  for (std::size_t i = 0; i < troubles_.size(); ++i) {
    if (scene_->joints[i].bus != did.bus) continue;
    Trouble& trouble = troubles_[i];
    if (what == "supply" || what == "brown-out") {
      until(trouble.moved_by_world, kSwings);
      until(trouble.unreached, 4 * kSwings);
      trouble.power_changed = at;
    }
    if (what == "echo" || what == "batch" || what == "unplug" || what == "replug") {
      until(trouble.unreached, kSwings);
    }
  }
  if (what == "unplug") plugged_[did.bus] = false;
  if (what == "replug") {
    plugged_[did.bus] = true;
    open_at_[did.bus] = at + kOpens;
  }
}

void Troubles::On(Time at, const ProcessDid& did) {
  switch (did.fate) {
    case ProcessFate::kKilled:
    case ProcessFate::kEndedDone:
      runs_ = false;
      return;
    case ProcessFate::kStarted:
      runs_ = true;
      back_at_ = at + (at == 0 ? 0 : kOpens);
      return;
    case ProcessFate::kFrozen:
      back_at_ = std::max(back_at_, at + did.span + kSwings / 2);
      return;
    case ProcessFate::kSuspended:
      back_at_ = std::max(back_at_, at + did.span + kOpens);
      return;
    case ProcessFate::kEnded:
    case ProcessFate::kDiskFull:
    case ProcessFate::kDiskFree:
      return;
  }
}

void Troubles::On(const TruthFrame& frame) {
  for (std::size_t i = 0; i < frame.shafts.size(); ++i) {
    const ShaftTruth& now = frame.shafts[i];
    ShaftTruth& before = last_[i];
    Trouble& trouble = troubles_[i];
    // While a servo protects itself, and until it has swung out afterwards, it is not ours.
    const bool protects = now.status_bits != 0;
    if (protects) trouble.moved_by_world = std::max(trouble.moved_by_world, frame.at + kSwings);
    if (now.powered != before.powered || now.attached != before.attached) {
      trouble.power_changed = frame.at;
      trouble.unreached = std::max(trouble.unreached, frame.at + 4 * kSwings);
    }
    before.powered = now.powered;
    before.attached = now.attached;
  }
}

bool Troubles::IsReached(std::size_t joint, Time at) const {
  const Trouble& trouble = troubles_[joint];
  return !IsAway(at) && IsOpen(scene_->joints[joint].bus, at) && !trouble.deaf &&
         trouble.damage == 0 && at >= trouble.unreached && at >= trouble.by_another;
}

}  // namespace soarm::adversary
