// People who mean well: they take a lease, enable, drive, and let go.

#include <algorithm>
#include <utility>

#include "tests/adversary/play/author.h"

namespace soarm::adversary {
namespace {}  // namespace

void Author::Drive(int client) {
  Time at = now_;
  const std::string group = AnyGroup();
  Action& acquire = Client(client, at, "acquire");
  const bool all = dice_.Chance(0.5);
  if (!all) acquire.With("groups", group);
  if (dice_.Chance(0.4)) acquire.With("preempt", "yes");
  if (dice_.Chance(0.3)) acquire.With("class", dice_.Of({"autonomy", "teleop", "supervisor"}));
  const Time ttl = dice_.Chance(0.7) ? 2 * kSecond : dice_.Span(100 * kMilli, 20 * kSecond);
  acquire.WithSpan("ttl", ttl);
  // Now and then somebody forgets to renew.
  acquire.WithSpan("renew", dice_.Chance(0.85) ? ttl / 4 : 0);
  at += dice_.Span(1 * kMilli, 300 * kMilli);
  std::vector<std::string> groups = {group};
  for (const GroupFacts& other : scene_.groups) {
    if (all && other.writable && other.name != group && dice_.Chance(0.7)) {
      groups.push_back(other.name);
    }
  }
  for (const std::string& one : groups) {
    if (dice_.Chance(0.9)) Client(client, at, "enable").With("group", one);
  }
  at +=
      dice_.Chance(0.8) ? dice_.Span(250 * kMilli, 1500 * kMilli) : dice_.Span(1 * kMilli, kSecond);
  for (const std::string& one : groups) {
    const GroupFacts& facts = *std::ranges::find(scene_.groups, one, &GroupFacts::name);
    const bool stream = facts.kind == Kind::kVelocity || dice_.Chance(0.6);
    stream ? Stream(client, at, one) : Move(client, at, one);
    at += dice_.Span(kMilli, 400 * kMilli);
  }
}

void Author::StreamOrMove(int client, double streams) {
  const Time at = now_ + dice_.Span(kMilli, 800 * kMilli);
  dice_.Chance(streams) ? Stream(client, at, AnyGroup()) : Move(client, at, AnyGroup());
}

void Author::Stream(int client, Time at, const std::string& group) {
  Action& stream = Client(client, at, "stream").With("group", group);
  Targets(stream, group, true);
  stream.WithNumber("rate", dice_.Of({20.0, 50.0, 50.0, 100.0, 200.0, 500.0}));
  stream.WithSpan("ttl", dice_.Of({100 * kMilli, 200 * kMilli, 200 * kMilli, 500 * kMilli}));
  stream.WithSpan("for", dice_.Span(200 * kMilli, 8 * kSecond));
  if (dice_.Chance(0.5)) stream.With("close", "yes");
  if (dice_.Chance(0.2)) stream.WithNumber("jitter", 0.8);
  if (dice_.Chance(0.1)) stream.WithInteger("burst", 2 + static_cast<std::int64_t>(dice_.Below(8)));
}

void Author::Move(int client, Time at, const std::string& group) {
  Action& move = Client(client, at, "move").With("group", group);
  Targets(move, group, false);
  move.WithNumber("scale", dice_.Of({0.05, 0.2, 0.5, 0.5, 1.0, 1.0}));
  if (dice_.Chance(0.1)) move.WithSpan("at_least", dice_.Span(100 * kMilli, 10 * kSecond));
  if (dice_.Chance(0.25)) Client(client, at + dice_.Span(kMilli, 2 * kSecond), "cancel");
}

void Author::ReleaseLease(int client) {
  Client(client, now_, "release");
  // Some go on regardless.
  if (!dice_.Chance(0.3)) return;
  Stream(client, now_ + dice_.Span(kMilli, 500 * kMilli), AnyGroup());
  actions_.back().With("as", "former");
}

void Author::Limp(int client) {
  Action& limp = Client(client, now_, "limp").With("group", AnyGroup());
  if (dice_.Chance(0.2)) limp.WithSpan("deadline", dice_.Span(kMilli, 100 * kMilli));
}

void Author::Scale(int client) {
  Client(client, now_, "scale").WithNumber("value", dice_.Of({0.0, 0.0, 0.02, 0.3, 1.0}));
  if (dice_.Chance(0.5)) StreamOrMove(client, 0.3);
  if (dice_.Chance(0.6)) {
    Client(client, Later(100 * kMilli, 4 * kSecond), "scale").WithNumber("value", 1);
  }
}

void Author::StopAndClear(int client) {
  Action& stop = Client(client, now_, "stop");
  if (dice_.Chance(0.3)) stop.With("groups", AnyGroup());
  stop.With("level", dice_.Of({"hold", "hold", "soft-hold", "release"}));
  if (dice_.Chance(0.2)) {
    Client(client, Later(kMilli, kSecond), "stop")
        .With("level", dice_.Of({"hold", "soft-hold", "release"}));
  }
  // At once, later, or the rest of the play.
  const double when = dice_.Unit();
  if (when < 0.25)
    Client(client, now_ + dice_.Span(10'000, 20 * kMilli), "clear").With("id", "last");
  if (when > 0.35) {
    Client(client, Later(20 * kMilli, 5 * kSecond), "clear")
        .With("id", dice_.Chance(0.7) ? "all" : "last");
  }
}

void Author::Mend(int client) {
  Action& mend = Client(client, now_, "mend");
  const JointFacts& joint = scene_.joints[dice_.Below(scene_.joints.size())];
  mend.With("group", joint.group);
  if (dice_.Chance(0.5)) mend.With("joint", joint.name);
}

void Author::Vanish(int client) { Client(client, now_, "vanish"); }

void Author::Hurry(int client) {
  Client(client, now_, "acquire").WithSpan("ttl", dice_.Span(100 * kMilli, 2 * kSecond));
  const Time at = now_ + dice_.Span(kMilli, 50 * kMilli);
  Client(client, at, "enable")
      .With("group", AnyGroup())
      .WithSpan("deadline", dice_.Span(kMilli, 300 * kMilli));
  const double then = dice_.Unit();
  if (then < 0.4) Client(client, at + dice_.Span(kMilli, 300 * kMilli), "release");
  if (then > 0.6) Client(client, at + dice_.Span(kMilli, 300 * kMilli), "vanish");
}

}  // namespace soarm::adversary
