#include "tests/adversary/judge/troubles.h"

#include <algorithm>
#include <cmath>

#include "tests/adversary/judge/servo_registers.h"

namespace soarm::adversary {

using namespace bounds;

namespace {

constexpr int kTooHot = 4;  // status bit
// Written goals that a servo may be taking up now.
constexpr std::size_t kGoalsOnTheirWay = 8;
// Neither a target that leads (0.6 rad) nor a wheel's ramp (in ticks/s) goes further in a tick.
constexpr int kGoalLeaps_ticks = 400;

}  // namespace

void Troubles::Begin(const SceneFacts& scene) {
  scene_ = &scene;
  troubles_.assign(scene.joints.size(), {});
  last_.assign(scene.joints.size(), {});
  goals_.assign(scene.joints.size(), {});
  std::size_t buses = 0;
  for (const JointFacts& joint : scene.joints) buses = std::max(buses, joint.bus + 1);
  plugged_.assign(buses, true);
  open_at_.assign(buses, 0);
  runs_ = false;
  last_at_ = back_at_ = runs_since_ = 0;
}

template <typename Work>
void Troubles::ForEach(const WorldDid& did, Work work) {
  for (std::size_t i = 0; i < troubles_.size(); ++i) {
    const bool meant = did.all_joints ? scene_->joints[i].bus == did.bus : i == did.joint;
    if (meant) work(troubles_[i]);
  }
}

void Troubles::OnOne(std::size_t joint, Time at, const WorldDid& did, Trouble& trouble) const {
  const std::string& what = did.what;
  if (what == "block") {
    trouble.blocked = true;
    Extend(trouble.springs, at + kSwings);
  } else if (what == "unblock") {
    trouble.blocked = false;
    if (at < trouble.drawn_back) Extend(trouble.by_another, at + kSwings);
    Extend(trouble.springs, at + kSwings);
  } else if (what == "load") {
    if (did.value != trouble.load_nm) Extend(trouble.swings, at + kSwings);
    trouble.load_nm = did.value;
  } else if (what == "temperature") {
    trouble.heated_to_c = did.value;
    Extend(trouble.swings, at + kSwings);
  } else if (what == "hand") {
    trouble.held = true;
  } else if (what == "hand-off") {
    trouble.held = false;
    Extend(trouble.springs, at + kSwings);
  } else if (what == "power-cycle" || what == "detach" || what == "attach" || what == "swap") {
    trouble.power_changed = at;
    Extend(trouble.unreached, at + kFoundAgain);
    if (what == "swap") {
      trouble.recalibrated = true;
      trouble.seam_in_reach = PutsSeamInReach(joint, static_cast<int>(did.value));
    }
  } else if (what == "write-registers") {
    OnWrite(joint, at, did, trouble);
  } else if (what == "clear-injections") {
    if (trouble.blocked || trouble.held) Extend(trouble.springs, at + kSwings);
    if (trouble.blocked && at < trouble.drawn_back) Extend(trouble.by_another, at + kSwings);
    if (trouble.load_nm != 0) Extend(trouble.swings, at + kSwings);
    Extend(trouble.unreached, at + 2 * kSwings);
    trouble.blocked = trouble.held = trouble.muted = trouble.late = false;
    trouble.load_nm = trouble.answers_damaged = trouble.requests_damaged = 0;
    trouble.shown_bits = 0;
  }
}

void Troubles::OnWire(Time at, const WorldDid& did, Trouble& trouble) const {
  const std::string& what = did.what;
  // Several that were silent are found again one after the other.
  const bool over = did.value == 0 && did.count == 0;
  if (what == "mute") trouble.muted = did.value != 0;
  // By more than what lies between two answers, a byte or two, it collides with the next.
  if (what == "delay") trouble.late = did.value > 0.00002;
  if (what == "status-bits") trouble.shown_bits = static_cast<int>(did.value);
  if (what == "corrupt-answers" && did.count == 0) trouble.answers_damaged = did.value;
  if (what == "corrupt-requests" && did.count == 0) trouble.requests_damaged = did.value;
  if (what == "mute" || what.starts_with("corrupt") || what == "delay" || what == "drop" ||
      what == "truncate" || what == "status-bits") {
    // Who is put aside meanwhile loses one packet with each time that it is looked for.
    const int packets = what == "drop" ? static_cast<int>(did.value) : did.count;
    Extend(trouble.unreached, at + (over ? 2 * kSwings : kSwings) + packets * kLookedForEvery);
  }
}

void Troubles::On(Time at, const WorldDid& did) {
  ForEach(did, [&](Trouble& trouble) {
    OnOne(static_cast<std::size_t>(&trouble - troubles_.data()), at, did, trouble);
    OnWire(at, did, trouble);
  });
  const std::string& what = did.what;
  for (std::size_t i = 0; i < troubles_.size(); ++i) {
    if (scene_->joints[i].bus != did.bus) continue;
    Trouble& trouble = troubles_[i];
    if (what == "supply") trouble.supply_share = std::clamp(did.value / kFullSupply_v, 0.0, 1.0);
    if (what == "supply" || what == "brown-out") {
      Extend(trouble.swings, at + kSwings);
      Extend(trouble.unreached, at + kFoundAgain);
      trouble.power_changed = at;
    }
    if (what == "echo") Extend(trouble.unreached, at + kFindsTheEcho);
    if (what == "batch" || what == "unplug" || what == "replug") {
      Extend(trouble.unreached, at + kSwings);
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
      runs_since_ = at;
      opens_at_ = at + kOpens;
      back_at_ = at + (at == 0 ? 0 : kOpens);
      return;
    case ProcessFate::kFrozen:
    case ProcessFate::kSuspended:
      Extend(runs_since_, at + did.span);
      Extend(back_at_, at + did.span + (did.fate == ProcessFate::kFrozen ? kSwings / 2 : kOpens));
      return;
    case ProcessFate::kEnded:
      runs_ = runs_ && at >= opens_at_;  // what it has not opened by then, it never will
      return;
    case ProcessFate::kDiskFull:
    case ProcessFate::kDiskFree:
      return;
  }
}

// Of 256 damaged requests one passes its checksum, and may be another: what the daemon never writes
// is as if another program had.
void Troubles::On(Time at, const WrittenByHost& written) {
  if (written.address == kGoal || written.address == kGoalSpeed) KeepGoal(written);
  constexpr std::uint8_t kBroadcast = 254, kWrite = 3, kRegWrite = 4, kAction = 5,
                         kSyncWrite = 0x83;
  const std::uint8_t asks = written.instruction;
  const bool writes = asks == kWrite || asks == kRegWrite || asks == kSyncWrite;
  if (asks == kAction || (writes && written.address >= kFirstWorking)) return;
  WorldDid as_if{.what = "write-registers", .address = written.address, .data = written.data};
  if (!writes) {  // calibrates, resets, restarts
    as_if.address = kFirstOffset;
    as_if.data = {0};
  }
  for (std::size_t i = 0; i < troubles_.size(); ++i) {
    const JointFacts& joint = scene_->joints[i];
    const bool meant = joint.bus == written.bus &&
                       (joint.servo_id == written.servo_id || written.servo_id == kBroadcast);
    if (meant && troubles_[i].requests_damaged > 0) OnOne(i, at, as_if, troubles_[i]);
  }
}

void Troubles::KeepGoal(const WrittenByHost& written) {
  if (written.data.size() < 2) return;
  const int word = written.data[0] | written.data[1] << 8;
  const int goal = (word & 0x8000) != 0 ? -(word & 0x7FFF) : word;
  for (std::size_t i = 0; i < goals_.size(); ++i) {
    const JointFacts& joint = scene_->joints[i];
    if (joint.bus != written.bus || joint.servo_id != written.servo_id) continue;
    Goals& goals = goals_[i];
    // Damage that fits its checksum is heard on the wire as well: what leaps may be that, unless
    // it is followed up.
    const bool leaps = std::abs(goal - goals.last) > kGoalLeaps_ticks;
    goals.last = goal;
    if (leaps && troubles_[i].requests_damaged > 0) continue;
    goals.sent.push_back(goal);
    if (goals.sent.size() > kGoalsOnTheirWay) goals.sent.erase(goals.sent.begin());
  }
}

// A goal that the daemon has not sent came to be on the wire.
void Troubles::FindDamagedGoal(std::size_t joint, const ShaftTruth& now, Time at) {
  const ShaftTruth& before = last_[joint];
  Trouble& trouble = troubles_[joint];
  if (trouble.requests_damaged == 0) return;
  const auto is_foreign = [&](int goal, int last) {
    return goal != last && std::ranges::find(goals_[joint].sent, goal) == goals_[joint].sent.end();
  };
  const bool goal = is_foreign(now.goal_raw, before.goal_raw);
  const bool speed = is_foreign(now.speed_goal_raw, before.speed_goal_raw);
  WorldDid as_if{.what = "write-registers", .data = {0, 0}};
  as_if.address = kGoal;
  if (goal) OnOne(joint, at, as_if, trouble);
  as_if.address = kGoalSpeed;
  if (speed) OnOne(joint, at, as_if, trouble);
}

bool Troubles::CanBeRead(std::size_t joint, const ShaftTruth& truth, Time at) const {
  const Trouble& trouble = troubles_[joint];
  const bool damaged =
      std::max(trouble.answers_damaged, trouble.requests_damaged) > kDamageOvercome;
  return !IsAway(at) && IsOpen(scene_->joints[joint].bus, at) && !trouble.muted && !damaged &&
         truth.powered && truth.attached;
}

void Troubles::On(const TruthFrame& frame) {
  for (std::size_t i = 0; i < frame.shafts.size(); ++i) {
    const ShaftTruth& now = frame.shafts[i];
    ShaftTruth& before = last_[i];
    Trouble& trouble = troubles_[i];
    // What others do is noticed only by who can read it, and undone by who may write. A wheel that
    // is mute hears: it is told to stand whatever turns it.
    const bool noisy = trouble.answers_damaged > 0 || trouble.requests_damaged > 0;
    const bool unread = !CanBeRead(i, now, frame.at) || frame.at < trouble.unreached;
    const bool hears = trouble.spun && trouble.muted;
    const bool unwritable = trouble.shown_bits != 0 || noisy || (unread && !hears);
    if (frame.at < trouble.by_another && unwritable) {
      trouble.by_another += frame.at - last_at_;
    }
    FindDamagedGoal(i, now, frame.at);
    const bool repowered = now.powered != before.powered || now.attached != before.attached;
    before = now;
    // While a servo protects itself, and until it has swung out afterwards, it is not ours.
    // Its own bit does not show beside a made-up one. What was too heavy comes back from afar.
    const bool hot = trouble.heated_to_c >= kMayProtect_c && (now.status_bits & kTooHot) != 0;
    if ((now.status_bits & ~trouble.shown_bits) != 0 || hot || IsTooHeavy(i)) {
      trouble.protects = frame.at + kSwings;
    }
    if (repowered) {
      trouble.power_changed = frame.at;
      Extend(trouble.unreached, frame.at + kFoundAgain);
    }
    if (now.torque_on || !trouble.seam_in_reach) trouble.let_go_at_rad = now.angle_rad;
    const bool turned = std::abs(now.angle_rad - trouble.let_go_at_rad) > kTurned_rad;
    trouble.turned_limp = now.powered && (trouble.turned_limp || turned);
  }
  last_at_ = frame.at;
}

bool Troubles::IsNoisy(std::size_t bus) const {
  for (std::size_t i = 0; i < troubles_.size(); ++i) {
    const Trouble& trouble = troubles_[i];
    const bool on_it = scene_->joints[i].bus == bus;
    if (on_it && (trouble.answers_damaged > 0 || trouble.late)) return true;
  }
  return false;
}

bool Troubles::IsCutOff(std::size_t joint, Time at) const {
  const Trouble& trouble = troubles_[joint];
  return IsAway(at) || !IsOpen(scene_->joints[joint].bus, at) ||
         trouble.requests_damaged > kDamageOvercome || at < trouble.by_another;
}

bool Troubles::IsSaidToBeCut(std::size_t joint) const {
  constexpr int kSupply = 1, kEncoder = 2, kOverCurrent = 8;
  constexpr int kCut = kSupply | kEncoder | kTooHot | kOverCurrent;
  return (troubles_[joint].shown_bits & kCut) != 0;
}

bool Troubles::IsReached(std::size_t joint, Time at) const {
  const Trouble& trouble = troubles_[joint];
  return !IsAway(at) && IsOpen(scene_->joints[joint].bus, at) && !trouble.muted && !trouble.late &&
         trouble.shown_bits == 0 && trouble.answers_damaged == 0 && trouble.requests_damaged == 0 &&
         at >= trouble.unreached && at >= trouble.by_another;
}

bool Troubles::IsPushed(std::size_t joint, Time at) const {
  const Trouble& trouble = troubles_[joint];
  return trouble.held || at < trouble.swings || at < trouble.springs;
}

double Troubles::Holds_nm(std::size_t joint) const {
  const Trouble& trouble = troubles_[joint];
  // Only as long as nobody has written it anew; a soft hold takes its share of that.
  const bool weak = trouble.weakened_to >= 0 && last_[joint].torque_limit <= trouble.weakened_to;
  const double torque_share = weak ? std::min(1.0, last_[joint].torque_limit / 1000.0) : 1.0;
  const double held_nm = std::min(kHeldByLead_nm, kStall_nm * torque_share);
  const double holds_nm = trouble.supply_share * held_nm - kOwnWeight_nm;
  // Who is told that the servo strains, lets it press less, even if that is a lie.
  constexpr int kOverCurrent = 8, kOverload = 32;
  double presses_share = 1;
  if ((trouble.shown_bits & kOverCurrent) != 0) presses_share = kPressesOverCurrent_share;
  if ((trouble.shown_bits & kOverload) != 0) presses_share = kPressesOverload_share;
  if (presses_share == 1 || holds_nm < 0) return holds_nm;
  return std::max(0.0, trouble.supply_share * held_nm * presses_share - kOwnWeight_nm);
}

bool Troubles::IsTooHeavy(std::size_t joint) const {
  const double holds_nm = Holds_nm(joint);
  // With hardly more than its own weight it comes to its goal, but late.
  const double least_nm = troubles_[joint].weakened_to >= 0 ? kOwnWeight_nm : 0;
  return holds_nm < least_nm || std::abs(troubles_[joint].load_nm) > holds_nm;
}

bool Troubles::IsInOtherMode(std::size_t joint) const {
  constexpr int kPositionMode = 0, kSpeedMode = 1;
  const bool wheel = scene_->joints[joint].kind == Kind::kVelocity;
  return troubles_[joint].remoded && last_[joint].mode != (wheel ? kSpeedMode : kPositionMode);
}

bool Troubles::IsNotOurs(std::size_t joint, Time at) const {
  const Trouble& trouble = troubles_[joint];
  return at < trouble.protects || at < trouble.by_another || at < trouble.sluggish ||
         IsInOtherMode(joint) || trouble.turned_limp || IsTooHeavy(joint);
}

}  // namespace soarm::adversary
