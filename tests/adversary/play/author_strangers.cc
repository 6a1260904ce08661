// People who do not mean well, or whose programs are broken.

#include "tests/adversary/play/author.h"

namespace soarm::adversary {
namespace {}  // namespace

void Author::Pretend(int client) {
  const std::string as =
      dice_.Of({"stolen", "stolen", "next", "before", "random", "none", "former"});
  const std::int64_t of = 1 + static_cast<std::int64_t>(dice_.Below(3));
  const double what = dice_.Unit();
  if (what < 0.6) {
    Stream(client);
  } else if (what < 0.75) {
    Move(client);
    if (actions_.back().verb == "cancel") actions_.pop_back();
  } else {
    Client(client, now_, dice_.Of({"enable", "limp", "mend"})).With("group", AnyGroup());
    if (what > 0.9) actions_.back().verb = dice_.Of({"renew", "release", "scale"});
    if (actions_.back().verb == "scale") actions_.back().WithNumber("value", 0.5);
  }
  actions_.back().With("as", as).WithInteger("of", of);
}

void Author::BadFrames(int client) {
  Stream(client);
  Action& stream = actions_.back();
  const std::string group(stream.Text("group"));
  const JointFacts& joint = scene_.joints[dice_.Below(scene_.joints.size())];
  switch (dice_.Below(5)) {
    case 0:
      stream.With(joint.name, dice_.Of({"nan", "inf", "-inf", "1e+308", "-1e+300", "5e-324"}));
      break;
    case 1:
      stream.With(joint.name, dice_.Of({"7", "-7", "100", "-3.3"}));
      break;
    case 2:
      stream.With("order", dice_.Of({"repeat", "swap", "rewind"}));
      break;
    case 3:
      stream.WithSpan("late", dice_.Span(10 * kMilli, 2 * kSecond));
      break;
    default:
      stream.WithInteger("burst", 2 + static_cast<std::int64_t>(dice_.Below(30)));
      stream.WithSpan("ttl", dice_.Of({kMilli, 20 * kMilli, 500 * kMilli, 3600 * kSecond}));
  }
}

void Author::OddCalls(int client) {
  switch (dice_.Below(6)) {
    case 0:
      Move(client);
      if (actions_.back().verb == "cancel") actions_.pop_back();
      actions_.back().WithNumber("scale", dice_.Of({0.001, 0.0, -1.0, 5e-324, 1e300}));
      break;
    case 1:
      Client(client, now_, "stop")
          .With("groups", dice_.Of({"arm,amr", "left_arm,lft", "nobody", "leader"}));
      break;
    case 2:
      Client(client, now_, "acquire").With("groups", dice_.Of({"leader", "arm,leader", "nobody"}));
      break;
    case 3:
      Client(client, now_, "scale").With("value", dice_.Of({"nan", "-1", "2", "1e-300"}));
      break;
    case 4:
      Client(client, now_, "clear").With("id", dice_.Of({"999", "0", "all"}));
      break;
    default:
      Client(client, now_, "acquire").With("class", "observer");
      StreamOrMove(client, 0.9);
  }
}

void Author::Crowd(int client) {
  const std::string group = AnyGroup();
  Stream(client, now_, group);
  Stream(client, now_ + dice_.Span(kMilli, 500 * kMilli), group);
  // The second one may be of the past, or send what has expired.
  if (dice_.Chance(0.4)) actions_.back().With("as", "former");
  if (dice_.Chance(0.4)) actions_.back().WithSpan("late", kSecond);
  if (dice_.Chance(0.5)) Client(client, Later(100 * kMilli, 3 * kSecond), "close");
}

// Frames for a lease that does not exist yet, from who has just seen how leases are numbered.
void Author::GuessTheNext(int client) {
  constexpr int kGuesser = 4;
  Client(kGuesser, now_, "acquire").With("class", "observer");
  const std::string group = AnyGroup();
  Stream(kGuesser, now_ + kMilli, group);
  actions_.back()
      .With("as", "next")
      .WithInteger("of", kGuesser)
      .WithNumber("rate", 500)
      .WithSpan("ttl", 500 * kMilli)
      .WithSpan("for", 2 * kSecond);
  Client(client, Later(50 * kMilli, kSecond), "acquire")
      .With("groups", group)
      .With("preempt", "yes")
      .With("class", "supervisor")
      .WithSpan("ttl", 2 * kSecond);
}

void Author::Takeover(int client) {
  Client(client, now_, "acquire")
      .With("preempt", "yes")
      .With("class", dice_.Of({"teleop", "supervisor"}))
      .WithSpan("ttl", 2 * kSecond)
      .WithSpan("renew", dice_.Chance(0.7) ? kSecond / 2 : 0);
  StreamOrMove(client, 0.6);
}

}  // namespace soarm::adversary
