// Bad moments: two things at once, of which either alone is harmless.

#include <algorithm>

#include "tests/adversary/play/author.h"

namespace soarm::adversary {
namespace {}  // namespace

const JointFacts& Author::AnyJointOf(Kind kind, const JointFacts& otherwise) {
  std::vector<const JointFacts*> joints;
  for (const JointFacts& joint : scene_.joints) {
    const auto group = std::ranges::find(scene_.groups, joint.group, &GroupFacts::name);
    if (joint.kind == kind && group->writable) joints.push_back(&joint);
  }
  return joints.empty() ? otherwise : *joints[dice_.Below(joints.size())];
}

// On its way to an end of its range, which is a direction that is known here.
void Author::RunInto(int client) {
  const JointFacts& joint = AnyJointOf(Kind::kPosition, scene_.joints.front());
  const bool up = dice_.Chance(0.5);
  Client(client, now_, "move")
      .With("group", joint.group)
      .WithNumber(joint.name, up ? joint.upper_rad : joint.lower_rad)
      .WithNumber("scale", dice_.Of({0.05, 0.05, 0.1, 0.2, 1.0}));
  const std::string name = joint.group + "/" + joint.name;
  const Time blocked = now_ + dice_.Span(100 * kMilli, kSecond);
  const double ahead = dice_.Of({0.02, 0.1, 0.25});
  World(blocked, "block").With("joint", name).WithNumber("ahead", up ? ahead : -ahead);
  const Time freed = blocked + dice_.Span(kSecond, 4 * kSecond);
  World(freed, "unblock").With("joint", name);
  if (dice_.Chance(0.3)) Client(client, freed - dice_.Span(kMilli, 200 * kMilli), "cancel");
}

// A stop that no tick sees, since it was cleared before the next one.
void Author::StopTheMove(int client) {
  Move(client, now_, AnyGroup());
  if (actions_.back().verb == "cancel") actions_.pop_back();
  const Time stopped = now_ + dice_.Span(10'000, 2 * kMilli);
  Client(client, stopped, "stop").With("level", dice_.Of({"hold", "hold", "soft-hold", "release"}));
  Client(client, stopped + dice_.Span(10'000, 2 * kMilli), "clear").With("id", "last");
}

// Torque that is coming on, one joint after the other, for somebody who goes, or whose daemon, bus
// or servo does.
void Author::CutEnable(int client) {
  const std::string group = AnyGroup();
  Client(client, now_, "acquire")
      .With("preempt", "yes")
      .With("class", "supervisor")
      .WithSpan("ttl", 5 * kSecond);
  if (dice_.Chance(0.8)) Client(client, now_ + kMilli, "limp").With("group", group);
  const Time asked = now_ + dice_.Span(100 * kMilli, 400 * kMilli);
  Client(client, asked, "enable").With("group", group);
  const Time cut = asked + dice_.Span(2 * kMilli, 200 * kMilli);
  switch (dice_.Below(7)) {
    case 0:
      Client(client, cut, "release");
      break;
    case 1:
      Client(client, cut, "vanish");
      break;
    case 2:
    case 3: {
      const auto found = std::ranges::find(scene_.groups, group, &GroupFacts::name);
      const auto bus = static_cast<std::int64_t>(found->bus);
      World(cut, "unplug").WithInteger("bus", bus);
      World(cut + dice_.Span(2 * kMilli, 100 * kMilli), "replug").WithInteger("bus", bus);
      break;
    }
    case 4: {
      const JointFacts& joint = AnyJointOf(Kind::kPosition, scene_.joints.front());
      const std::string name = joint.group + "/" + joint.name;
      World(cut, "detach").With("joint", name);
      World(cut + dice_.Span(3 * kSecond, 6 * kSecond), "attach").With("joint", name);
      break;
    }
    case 5:
      Add(cut, Actor::kProcess, "end").With("state", "hold");
      Add(cut + dice_.Span(20 * kMilli, 3 * kSecond), Actor::kProcess, "start");
      break;
    default:
      Add(cut, Actor::kProcess, "kill");
      Add(cut + dice_.Span(kMilli, kSecond), Actor::kProcess, "start");
  }
}

// Another program makes a servo's range end where its joint may already be beyond; when that is
// long known somebody drives it.
void Author::NarrowAndMove(int client) {
  const JointFacts& joint = AnyJointOf(Kind::kPosition, scene_.joints.front());
  const bool low = dice_.Chance(0.5);
  const int by = 50 + static_cast<int>(dice_.Below(400));
  const int end = static_cast<int>(joint.zero_ticks) + (low ? by : -by);
  constexpr int kFirstEnd = 9;
  constexpr int kLastEnd = 11;
  World(now_, "write")
      .With("joint", joint.group + "/" + joint.name)
      .WithInteger("address", low ? kFirstEnd : kLastEnd)
      .With("data", std::to_string(end & 0xFF) + "," + std::to_string(end >> 8));
  const Time at = now_ + dice_.Span(6 * kSecond, 9 * kSecond);
  Client(client, at, "acquire")
      .With("preempt", "yes")
      .With("class", "supervisor")
      .WithSpan("ttl", 5 * kSecond);
  if (dice_.Chance(0.5)) Client(client, at + kMilli, "enable").With("group", joint.group);
  Client(client, at + kSecond, "move")
      .With("group", joint.group)
      .WithNumber(joint.name, InRange(joint))
      .WithNumber("scale", dice_.Of({0.05, 0.2, 0.5}));
}

// A joint, a wheel where there is one, that answers badly and then should stop.
void Author::SpoilAndStop(int client) {
  const JointFacts& joint = AnyJointOf(Kind::kVelocity, scene_.joints.front());
  Stream(client, now_, joint.group);
  actions_.back().With(joint.name, PrintNumber(InRange(joint))).WithSpan("for", 6 * kSecond);
  const Time spoilt = now_ + dice_.Span(300 * kMilli, kSecond);
  const std::string name = joint.group + "/" + joint.name;
  switch (dice_.Below(4)) {
    case 0:
      World(spoilt, "mute").With("joint", name).With("on", "yes");
      break;
    case 1:
      World(spoilt, "corrupt").With("joint", name).WithNumber("rate", dice_.Of({0.05, 0.2, 1.0}));
      break;
    case 2:
      World(spoilt, "status-bits").With("joint", name).WithInteger("value", dice_.Of({2, 4, 32}));
      break;
    default:
      World(spoilt, "write")
          .With("joint", name)
          .WithInteger("address", 41)
          .With("data", dice_.Of({"0", "50", "254"}));
  }
  const Time stopped = spoilt + dice_.Span(kMilli, 500 * kMilli);
  const double how = dice_.Unit();
  if (how < 0.5) {
    Client(client, stopped, "stop").With("level", dice_.Of({"hold", "release"}));
    Client(client, stopped + dice_.Span(2 * kSecond, 6 * kSecond), "clear").With("id", "all");
  } else {
    Client(client, stopped, how < 0.75 ? "release" : "close");
  }
  World(stopped + dice_.Span(500 * kMilli, 4 * kSecond), "heal")
      .WithInteger("bus", static_cast<std::int64_t>(joint.bus));
}

}  // namespace soarm::adversary
