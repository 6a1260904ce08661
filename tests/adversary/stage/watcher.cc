#include "tests/adversary/stage/watcher.h"

#include <array>
#include <string>

namespace soarm::adversary {
namespace {

std::string CauseName(HoldCause cause) {
  static constexpr std::array<const char*, 12> kNames = {
      "NONE",    "ADOPTED", "TORQUE_ON", "EXPIRED", "LEASE_LOST",     "RELEASED",
      "STOPPED", "FAULT",   "MOVE_DONE", "PEER",    "MOVE_CANCELLED", "MOVE_BLOCKED"};
  const auto index = static_cast<std::size_t>(cause);
  return index < kNames.size() ? kNames[index] : "CAUSE_" + std::to_string(index);
}

}  // namespace

Watcher::Watcher(const SceneFacts& scene, Daemon& daemon, Recorder& recorder)
    : scene_(scene), daemon_(daemon), recorder_(recorder) {}

void Watcher::Look() {
  const Robot& robot = *daemon_.robot();
  StateSeen seen;
  seen.groups.reserve(scene_.groups.size());
  seen.joints.reserve(scene_.joints.size());
  std::size_t first = 0;
  for (std::size_t bus = 0; bus < robot.bus_count(); ++bus) {
    const BusState state = robot.State(bus);
    seen.tick = std::max(seen.tick, state.tick);
    seen.bus_open.push_back(state.open);
    for (const GroupState& group : state.groups) {
      GroupSays says{.mode = static_cast<ModeName>(group.mode), .cause = CauseName(group.cause)};
      if (group.cause == HoldCause::kFault) says.cause_joint = first + group.joint;
      seen.groups.push_back(std::move(says));
    }
    std::size_t count = 0;
    for (const JointFacts& joint : scene_.joints) count += joint.bus == bus ? 1 : 0;
    for (std::size_t i = 0; i < count; ++i) {
      JointSays says;
      says.stale = true;
      if (i < state.joints.size()) {
        const JointState& joint = state.joints[i];
        const JointSample& sample = joint.sample;
        const bool sampled = sample.sampled_at != MonoTime{};
        says.position_rad = sample.position_rad;
        says.requested = joint.requested;
        says.applied = joint.applied;
        says.torque_on = sample.torque_on;
        says.stale = !state.open || sample.misses > 0 || !sampled;
        says.sampled_at = sampled ? daemon_.clock().ToStage(sample.sampled_at) : 0;
        says.faults = sample.faults.bits;
        for (int fault = 0; fault < kFaultCount && sample.faults.Any(); ++fault) {
          const auto one = static_cast<Fault>(fault);
          if (sample.faults.Has(one)) says.fault_names.emplace_back(FaultName(one));
        }
      }
      seen.joints.push_back(std::move(says));
    }
    first += count;
  }
  recorder_.Tell(std::move(seen));
}

}  // namespace soarm::adversary
