#include "tests/adversary/stage/world_acts.h"

#include <optional>
#include <utility>
#include <vector>

#include "common/base/units.h"
#include "server/sim/protocol.h"

namespace soarm::adversary {
namespace {

constexpr int kOffsetRegister = 31;

bool IsOn(const Action& action) { return action.Text("on", "yes") == "yes"; }
int Count(const Action& action) { return static_cast<int>(action.Integer("count", 1)); }

// What each servo takes or does not take by itself, depending on whether it is there and listens.
bool ReachesEachAlone(std::string_view verb) {
  return verb == "write" || verb == "swap" || verb == "power-cycle" || verb == "detach" ||
         verb == "attach";
}

}  // namespace

std::optional<WorldActs::Target> WorldActs::TargetOf(const Action& action) const {
  Target target;
  target.bus = static_cast<std::size_t>(action.Integer("bus", 0));
  if (target.bus >= bench_.buses().size()) return std::nullopt;
  const std::string_view name = action.Text("joint", "all");
  if (name == "all") {
    target.all = true;
    target.servo = sim::SimControls::kAllServos;
    return target;
  }
  for (std::size_t i = 0; i < scene_.joints.size(); ++i) {
    const JointFacts& joint = scene_.joints[i];
    if (joint.group + "/" + joint.name != name) continue;
    return Target{.bus = joint.bus, .joint = i, .servo = joint.servo_id};
  }
  return std::nullopt;
}

bool WorldActs::Perform(const Action& action) {
  const std::optional<Target> target = TargetOf(action);
  if (!target) return false;
  bench_.CatchUp();
  if (!target->all || !ReachesEachAlone(action.verb)) return PerformOn(*target, action);
  for (std::size_t i = 0; i < scene_.joints.size(); ++i) {
    const JointFacts& joint = scene_.joints[i];
    if (joint.bus != target->bus) continue;
    PerformOn({.bus = joint.bus, .joint = i, .servo = joint.servo_id}, action);
  }
  return true;
}

bool WorldActs::PerformOn(const Target& target, const Action& action) {
  WorldDid told{.bus = target.bus, .joint = target.joint, .all_joints = target.all};
  told.what = action.verb;
  absl::Status done = Do(action, target, told);
  if (absl::IsUnimplemented(done)) done = DoToWire(action, target, told);
  if (absl::IsUnimplemented(done)) done = DoToPlugs(action, target, told);
  if (absl::IsUnimplemented(done)) return false;
  if (done.ok()) recorder_.Tell(std::move(told));
  return true;
}

absl::Status WorldActs::Do(const Action& action, const Target& target, WorldDid& told) {
  sim::SimControls controls = bench_.Controls(target.bus);
  const std::string& verb = action.verb;
  const auto angle = [&] {  // in the world's own convention
    const double shift = target.all ? 0 : bench_.ZeroShift(target.joint);
    const double from = action.Has("ahead") && !target.all ? bench_.AngleOf(target.joint) : 0;
    told.value = from + action.Number(action.Has("ahead") ? "ahead" : "at", 0);
    return told.value - shift;
  };
  told.value = action.Number("value", 0);
  if (verb == "block") return controls.Block(target.servo, angle());
  if (verb == "unblock") return controls.Block(target.servo, std::nullopt);
  if (verb == "load") return controls.SetLoad(target.servo, told.value);
  if (verb == "heat") {
    told.what = "temperature";
    return controls.SetTemperature(target.servo, told.value);
  }
  if (verb == "supply") return controls.SetSupply(told.value);
  if (verb == "hand")
    return controls.SetJoint(target.servo, angle(), Nanos(action.Span("over", 0)));
  if (verb == "let-go") {
    told.what = "hand-off";
    return controls.ReleaseJoint(target.servo);
  }
  return absl::UnimplementedError("");
}

absl::Status WorldActs::DoToWire(const Action& action, const Target& target, WorldDid& told) {
  sim::SimControls controls = bench_.Controls(target.bus);
  const std::string& verb = action.verb;
  if (verb == "mute") {
    told.value = IsOn(action) ? 1 : 0;
    return controls.Mute(target.servo, IsOn(action));
  }
  if (verb == "delay" || verb == "batch") {
    const Nanos by(action.Span("by", 0));
    told.value = ToSeconds(by);
    return verb == "delay" ? controls.Delay(target.servo, by) : controls.Batch(by);
  }
  if (verb == "drop" || verb == "truncate") {
    told.value = Count(action);
    return verb == "drop" ? controls.DropReply(target.servo, Count(action))
                          : controls.Truncate(target.servo, Count(action));
  }
  if (verb == "corrupt") {
    told.what = "corrupt-answers";
    if (!action.Has("rate")) {
      told.count = Count(action);
      return controls.Corrupt(target.servo, Count(action));
    }
    told.value = action.Number("rate", 0);
    return controls.CorruptBytes(target.servo, told.value);
  }
  if (verb == "corrupt-requests") {
    const int count = action.Has("rate") ? 0 : Count(action);
    const double rate = action.Number("rate", 0);
    told.count = count;
    told.value = rate;
    told.all_joints = true;
    bench_.SpoilRequests(target.bus, rate, count);
    return absl::OkStatus();
  }
  if (verb == "status-bits") {
    told.value = static_cast<double>(action.Integer("value", 0));
    return controls.SetStatusBits(target.servo, static_cast<int>(told.value));
  }
  if (verb == "echo") {
    told.value = IsOn(action) ? 1 : 0;
    controls.Echo(IsOn(action));
    return absl::OkStatus();
  }
  if (verb == "heal") {
    told.what = "clear-injections";
    controls.ClearInjections();
    bench_.SpoilRequests(target.bus, 0, 0);
    return absl::OkStatus();
  }
  return absl::UnimplementedError("");
}

absl::Status WorldActs::DoToPlugs(const Action& action, const Target& target, WorldDid& told) {
  sim::SimControls controls = bench_.Controls(target.bus);
  const std::string& verb = action.verb;
  if (verb == "unplug" || verb == "replug") {
    told.all_joints = true;
    verb == "unplug" ? bench_.Unplug(target.bus) : bench_.Replug(target.bus);
    return absl::OkStatus();
  }
  if (verb == "brown-out") {
    controls.BrownOut();
    return absl::OkStatus();
  }
  return ReachesEachAlone(verb) ? DoToServo(action, target, told) : absl::UnimplementedError("");
}

absl::Status WorldActs::DoToServo(const Action& action, const Target& target, WorldDid& told) {
  sim::SimControls controls = bench_.Controls(target.bus);
  const std::string& verb = action.verb;
  const bool attached = bench_.IsAttached(target.joint);
  if (verb == "attach") {
    // One more would be a second servo of that id, on a shaft of its own.
    if (attached) return absl::FailedPreconditionError("its plug is in");
    return controls.AttachServo({.id = target.servo});
  }
  if (!attached) return absl::FailedPreconditionError("its plug is not in");
  if (verb == "detach") return controls.DetachServo(target.servo);
  if (verb == "power-cycle") return controls.PowerCycle(target.servo);
  if (verb == "write") {
    if (!bench_.Hears(target.joint)) return absl::FailedPreconditionError("it does not listen");
    told.what = "write-registers";
    told.address = static_cast<std::uint8_t>(action.Integer("address", 42));
    for (const std::string& byte : SplitList(action.Text("data"))) {
      told.data.push_back(static_cast<std::uint8_t>(std::stoi(byte)));
    }
    if (told.address <= sim::reg::kId && told.address + told.data.size() > sim::reg::kId) {
      return absl::InvalidArgumentError("the id stays");
    }
    return controls.WriteRegisters(target.servo, told.address, told.data);
  }
  if (verb == "swap") {
    told.value = static_cast<double>(action.Integer("value", 0));
    const auto offset = sim::EncodeOffset(static_cast<int>(told.value));
    const std::vector<std::uint8_t> data = {static_cast<std::uint8_t>(offset),
                                            static_cast<std::uint8_t>(offset >> 8)};
    // It comes with that stored, whether or not the one before it listened.
    const absl::Status stored = controls.WriteRegisters(target.servo, kOffsetRegister, data);
    return stored.ok() ? controls.PowerCycle(target.servo) : stored;
  }
  return absl::UnimplementedError("");
}

}  // namespace soarm::adversary
