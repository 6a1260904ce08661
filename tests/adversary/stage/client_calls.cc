// What clients ask that is answered later or concerns everybody: torque, moves, stops.

#include <algorithm>
#include <utility>

#include "tests/adversary/stage/clients.h"

namespace soarm::adversary {
namespace {

StopLevel LevelOf(std::string_view name) {
  if (name == "release") return StopLevel::kRelease;
  return name == "soft-hold" ? StopLevel::kSoftHold : StopLevel::kHold;
}

}  // namespace

Completion Clients::AnswerTo(int client, std::uint32_t call) {
  return [this, client, call, life = daemon_.life()](const absl::Status& status) {
    if (IsGone(life)) return;
    // Who left hears nothing.
    if (std::erase_if(clients_[client].calls, [&](const Call& one) { return one.call == call; }) ==
        0) {
      return;
    }
    recorder_.Tell(CallAnswered{.call = call, .ok = status.ok(), .reason = ReasonOf(status)});
  };
}

void Clients::Move(const Action& action) {
  Robot* const robot = daemon_.robot();
  const GroupInfo* group = FindGroup(action.Text("group"));
  if (robot == nullptr || group == nullptr) return;
  const Reference reference = ReferenceFor(action);
  MoveRequest request;
  request.bus = group->bus;
  request.group = group->group;
  request.lease = reference.ref;
  request.at_least = Nanos(action.Span("at_least", 0));
  request.speed_scale = action.Number("scale", 0.5);
  MoveAsked told{.call = ++last_call_,
                 .group = group->name,
                 .lease = reference.shown,
                 .speed_scale = request.speed_scale,
                 .at_least = request.at_least.count()};
  const std::size_t first = SceneJoint(group->bus, 0);
  for (std::size_t i = first; i < scene_.joints.size() && scene_.joints[i].bus == group->bus; ++i) {
    if (!action.Has(scene_.joints[i].name)) continue;
    const double value = action.Number(scene_.joints[i].name, 0);
    request.joints |= MaskOf(i - first);
    request.target_rad[i - first] = value;
    told.targets.push_back({i, value});
  }
  recorder_.Tell(told);
  Client& client = clients_[action.client];
  client.calls.push_back({.call = last_call_, .is_move = true, .life = daemon_.life()});
  const std::size_t place = client.calls.size() - 1;
  client.calls[place].id =
      robot->StartMove(request, [](const MoveProgress&) {}, AnswerTo(action.client, last_call_));
}

void Clients::CancelMove(Client& client) {
  for (const Call& call : client.calls) {
    if (!call.is_move || IsGone(call.life)) continue;
    recorder_.Tell(MoveCancelled{.call = call.call});
    daemon_.robot()->CancelOperation(call.id);
  }
}

void Clients::Ask(const Action& action, CallKind kind) {
  Robot* const robot = daemon_.robot();
  const GroupInfo* group = FindGroup(action.Text("group"));
  if (robot == nullptr || group == nullptr) return;
  const Reference reference = ReferenceFor(action);
  const std::uint32_t number = ++last_call_;
  CallAsked told{.call = number, .kind = kind, .group = group->name, .lease = reference.shown};
  JointMask joints = 0;
  const std::size_t first = SceneJoint(group->bus, 0);
  for (std::size_t i = first; i < scene_.joints.size() && scene_.joints[i].bus == group->bus; ++i) {
    if (kind != CallKind::kClearFault || action.Text("joint") != scene_.joints[i].name) continue;
    joints |= MaskOf(i - first);
    told.joints.push_back(i);
  }
  recorder_.Tell(told);
  clients_[action.client].calls.push_back({.call = number, .life = daemon_.life()});
  const Completion answer = AnswerTo(action.client, number);
  std::uint64_t id = 0;
  if (kind == CallKind::kEnableTorque) id = robot->EnableTorque(*group, reference.ref, answer);
  if (kind == CallKind::kReleaseTorque) id = robot->ReleaseTorque(*group, reference.ref, answer);
  if (kind == CallKind::kClearFault) {
    id = robot->ClearFault(*group, joints, reference.ref, answer);
  }
  for (Call& call : clients_[action.client].calls) {
    if (call.call == number) call.id = id;
  }
  if (!action.Has("deadline")) return;
  timeline_.At(timeline_.now() + action.Span("deadline", 0),
               [this, client = action.client, number] { Leave(client, number); });
}

// The caller goes away; the edge notices as soon as it runs.
void Clients::Leave(int client, std::uint32_t number) {
  if (timeline_.now() < daemon_.frozen_until()) {
    timeline_.At(daemon_.frozen_until(), [this, client, number] { Leave(client, number); });
    return;
  }
  std::vector<Call>& calls = clients_[client].calls;
  const auto found = std::ranges::find(calls, number, &Call::call);
  if (found == calls.end()) return;
  const Call call = *found;
  calls.erase(found);
  if (IsGone(call.life)) return;
  if (call.is_move) {
    recorder_.Tell(MoveCancelled{.call = number});
    daemon_.robot()->CancelOperation(call.id);
  } else {
    recorder_.Tell(CallAbandoned{.call = number});
    daemon_.robot()->CancelOperation(call.id);
  }
  daemon_.WakeCallbacks();
}

void Clients::StopNow(const Action& action) {
  Robot* const robot = daemon_.robot();
  if (robot == nullptr) return;
  const std::vector<std::string> groups = SplitList(action.Text("groups"));
  const StopLevel level = LevelOf(action.Text("level"));
  const std::string id = robot->Stop(groups, level, "adversary", "client").id;
  recorder_.Tell(StopAsked{.groups = groups, .level = static_cast<StopRank>(level), .id = id});
  clients_[action.client].last_stop = id;
  robot->WatchStop(groups, [this, id, life = daemon_.life()](const StopReport& report) {
    if (IsGone(life)) return;
    recorder_.Tell(
        StopReported{.id = id, .not_reached = report.not_reached, .kept = report.kept.ok()});
  });
}

void Clients::Clear(const Action& action) {
  Robot* const robot = daemon_.robot();
  if (robot == nullptr) return;
  std::string id(action.Text("id"));
  if (id == "last") id = clients_[action.client].last_stop;
  if (id == "all") id.clear();
  // Not one that is not there: nothing is told of it.
  const absl::Status begun = robot->ClearStop(id, [&](const ClearReport& report) {
    recorder_.Tell(StopCleared{.id = id, .cleared = report.cleared, .kept = report.kept.ok()});
  });
  begun.IgnoreError();
}

}  // namespace soarm::adversary
