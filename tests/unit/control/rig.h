#pragma once

#include <cmath>
#include <vector>

#include "server/control/cycle_core.h"
#include "tests/fakes/fake_bus.h"
#include "tests/fakes/fake_clock.h"

namespace soarm::control {

// One bus with an arm (or whatever `model` names) behind a CycleCore, stepped by hand.
struct Rig {
  explicit Rig(std::string_view model_name = "so101", ControlOptions o = {})
      : options(o), model(*FindRobotModel(model_name)), bus(model, clock) {
    authority.epoch = kEpoch;
    ports.bell = &bell;
    for (std::uint64_t i = 1; i < kMaxStreams; ++i) authority.streams[i] = i;  // all are open
    core.emplace(model, GroupId{0}, options, bus, authority, ports, clock);
  }

  static constexpr std::uint64_t kEpoch = 77;
  static constexpr Nanos kPeriod = std::chrono::milliseconds(5);

  BusState Tick(int count = 1) {
    for (int i = 0; i < count; ++i) {
      core->Tick(ticks++, clock.Now(), 0);
      clock.Advance(kPeriod);
    }
    return ports.state.Load();
  }
  BusState TickFor(Nanos span) { return Tick(static_cast<int>(span / kPeriod)); }

  GroupAuthority& grant() { return authority.groups[0]; }
  void Lease(std::uint64_t fence, Nanos ttl = std::chrono::seconds(1000)) {
    grant().contact_ns = ToNanos(clock.Now());
    grant().lease_until_ns = ToNanos(clock.Now() + ttl);
    grant().fence = fence;
  }
  void Stop(StopLevel level) { grant().stop = level; }

  // One joint of the first group by a command of the current lease.
  GroupCommand Command(std::size_t joint, double target) {
    GroupCommand command;
    command.stream = stream;
    command.sequence = ++sequence;
    command.epoch = kEpoch;
    command.fence = grant().fence;
    command.received_at = clock.Now();
    command.not_after = clock.Now() + std::chrono::milliseconds(200);
    command.joints = MaskOf(joint);
    command.target[joint] = target;
    return command;
  }
  void Post(const GroupCommand& command, std::size_t group = 0) {
    ports.commands[group].Post(command);
  }

  Reply Ask(Request request, int ticks_at_most = 50) {
    request.fence = request.fence == 0 ? grant().fence.load() : request.fence;
    request.stops = grant().stops;
    request.releases = grant().releases;
    const auto slot = ports.operations.Post(request);
    for (int i = 0; i < ticks_at_most; ++i) {
      Tick();
      if (const auto reply = ports.operations.Poll(*slot)) return *reply;
    }
    Reply none;
    none.outcome = Outcome::kNotOpen;
    return none;
  }
  Request Of(RequestKind kind) {
    Request request;
    request.kind = kind;
    return request;
  }
  // Adopted, leased, under torque, in HOLD.
  void Enable() {
    Tick(2);
    Lease(1);
    Ask(Of(RequestKind::kEnable));
    Tick();
  }
  // The same for a LeKiwi's wheels, its second group.
  Reply EnableBase() {
    Tick(2);
    authority.groups[1].lease_until_ns = ToNanos(clock.Now() + std::chrono::seconds(1000));
    authority.groups[1].fence = 1;
    grant().fence = 1;
    Request enable = Of(RequestKind::kEnable);
    enable.group = 1;
    return Ask(enable);
  }
  // The orderly end, in so many ticks at most.
  void End(EndState end) {
    core->BeginEnd(end);
    for (int i = 0; i < 100 && !core->IsEnded(); ++i) Tick();
  }
  // A fresh lease and an enable under way for so many ticks, in two parts: the gripper has a limit
  // of its own. The slot to poll or abandon.
  std::size_t BeginEnable(int ticks_under_way) {
    bus.operation_ticks = 10;
    model.limits[5].torque_fraction = 0.5;
    core.emplace(model, GroupId{0}, options, bus, authority, ports, clock);
    Tick(2);
    Lease(1);
    Request request = Of(RequestKind::kEnable);
    request.fence = 1;
    const auto slot = ports.operations.Post(request);
    Tick(ticks_under_way);
    return *slot;
  }
  Request Move(std::size_t joint, double target, double scale = 1.0) {
    Request request = Of(RequestKind::kStartMove);
    request.move = ++moves;
    request.goal.joints = MaskOf(joint);
    request.goal.target_rad[joint] = target;
    request.goal.speed_scale = scale;
    return request;
  }

  std::vector<TickVerdict> Verdicts() {
    std::vector<TickVerdict> all;
    while (const auto record = ports.verdicts.Pop()) all.push_back(*record);
    return all;
  }
  double Target(std::size_t joint) const { return ports.state.Load().joints[joint].applied; }

  ControlOptions options;
  RobotModel model;
  FakeClock clock;
  FakeBus bus;
  Authority authority;
  TickBell bell;
  CyclePorts ports;
  std::optional<CycleCore> core;
  std::uint64_t ticks = 0;
  std::uint64_t sequence = 0;
  std::uint64_t moves = 0;
  std::uint64_t stream = 5;
};

}  // namespace soarm::control
