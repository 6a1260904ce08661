#include "tests/adversary/play/author.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soarm::adversary {

Author::Author(Dice& dice, const Setting& setting)
    : dice_(dice), buses_(BusesOf(setting)), scene_(SceneOf(setting, buses_)) {}

std::vector<Action> Author::TakeActions() {
  SortByTime(actions_);
  return std::exchange(actions_, {});
}

Action& Author::Add(Time at, Actor actor, std::string_view verb) {
  Action& action = actions_.emplace_back();
  action.at = at;
  action.actor = actor;
  action.verb = verb;
  return action;
}

Action& Author::Client(int client, Time at, std::string_view verb) {
  Action& action = Add(at, Actor::kClient, verb);
  action.client = client;
  return action;
}

Action& Author::World(Time at, std::string_view verb) { return Add(at, Actor::kWorld, verb); }

std::string Author::AnyGroup(bool writable) {
  std::vector<std::string> names;
  for (const GroupFacts& group : scene_.groups) {
    if (group.writable || !writable) names.push_back(group.name);
  }
  return names[dice_.Below(names.size())];
}

std::string Author::AnyJoint() {
  const JointFacts& joint = scene_.joints[dice_.Below(scene_.joints.size())];
  return joint.group + "/" + joint.name;
}

void Author::OnJoint(Action& action) {
  if (dice_.Chance(0.1)) {
    action.With("joint", "all").WithInteger("bus", static_cast<std::int64_t>(AnyBus()));
  } else {
    action.With("joint", AnyJoint());
  }
}

double Author::InRange(const JointFacts& joint) {
  const double value = joint.kind == Kind::kPosition
                           ? dice_.Between(joint.lower_rad, joint.upper_rad)
                           : dice_.Between(-joint.velocity_limit_rad_s, joint.velocity_limit_rad_s);
  return std::round(value * 1000) / 1000;
}

void Author::Targets(Action& action, const std::string& group, bool waves) {
  const bool all = dice_.Chance(0.3);
  const bool wave = waves && dice_.Chance(0.6);
  const Time period = dice_.Span(500'000'000, 8'000'000'000);
  std::vector<const JointFacts*> joints;
  for (const JointFacts& joint : scene_.joints) {
    if (joint.group == group) joints.push_back(&joint);
  }
  const std::size_t one = dice_.Below(joints.size());
  for (std::size_t i = 0; i < joints.size(); ++i) {
    if (!all && i != one && !dice_.Chance(0.25)) continue;
    std::string text = PrintNumber(InRange(*joints[i]));
    if (wave) text += "~" + PrintNumber(InRange(*joints[i])) + "/" + PrintSpan(period);
    action.With(joints[i]->name, text);
  }
}

}  // namespace soarm::adversary
