// What befalls the process and its machine.

#include "tests/adversary/play/author.h"

namespace soarm::adversary {
namespace {}  // namespace

void Author::KillAndStart() {
  Add(now_, Actor::kProcess, "kill");
  Add(Later(kMilli, 3 * kSecond), Actor::kProcess, "start");
}

void Author::EndAndStart() {
  Add(now_, Actor::kProcess, "end").With("state", dice_.Chance(0.3) ? "limp" : "hold");
  // An end takes two seconds at most.
  Add(Later(20 * kMilli, 4 * kSecond), Actor::kProcess, "start");
}

void Author::Freeze() {
  Add(now_, Actor::kProcess, "freeze").WithSpan("span", dice_.Span(2 * kMilli, 3 * kSecond));
}

void Author::Suspend() {
  Add(now_, Actor::kProcess, "suspend").WithSpan("span", dice_.Span(20 * kMilli, 5 * kSecond));
}

void Author::FillDisk() {
  Add(now_, Actor::kProcess, "disk").With("full", "yes");
  if (dice_.Chance(0.8)) {
    Add(Later(200 * kMilli, 6 * kSecond), Actor::kProcess, "disk").With("full", "no");
  }
}

void Author::Before() {
  const double what = dice_.Unit();
  const auto bus = static_cast<std::int64_t>(AnyBus());
  if (what < 0.25) {
    // An earlier daemon, or another program, left torque on.
    World(0, "write")
        .With("joint", "all")
        .WithInteger("bus", bus)
        .WithInteger("address", 40)
        .With("data", "1");
  } else if (what < 0.3) {
    World(0, "unplug").WithInteger("bus", bus);
    World(Later(kMilli, 2 * kSecond), "replug").WithInteger("bus", bus);
  } else if (what < 0.35) {
    OnJoint(World(0, "detach"));
  } else if (what < 0.4) {
    OnJoint(World(0, "mute").With("on", "yes"));
  } else if (what < 0.45) {
    OtherProgram();
    actions_.back().at = 0;
  }
}

}  // namespace soarm::adversary
