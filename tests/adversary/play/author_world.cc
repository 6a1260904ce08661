// What joints, wires and supplies suffer, and other programs on the bus.

#include <array>
#include <cmath>

#include "tests/adversary/play/author.h"

namespace soarm::adversary {
namespace {

double Rounded(double value) { return std::round(value * 1000) / 1000; }

}  // namespace

void Author::Obstacle() {
  const std::string joint = AnyJoint();
  Action& block = World(now_, "block").With("joint", joint);
  block.WithNumber("ahead", Rounded(dice_.Between(-0.4, 0.4)));
  if (dice_.Chance(0.85)) {
    World(Later(50 * kMilli, 6 * kSecond), "unblock").With("joint", joint);
  }
}

void Author::Load() {
  const std::string joint = AnyJoint();
  World(now_, "load").With("joint", joint).WithNumber("value", Rounded(dice_.Between(-5, 5)));
  if (dice_.Chance(0.8)) {
    World(Later(50 * kMilli, 6 * kSecond), "load").With("joint", joint).WithNumber("value", 0);
  }
}

void Author::Heat() {
  Action& heat = World(now_, "heat");
  OnJoint(heat);
  heat.WithNumber("value", Rounded(dice_.Between(40, 95)));
}

void Author::Supply() {
  const auto bus = static_cast<std::int64_t>(AnyBus());
  World(now_, "supply")
      .WithInteger("bus", bus)
      .WithNumber("value", dice_.Of({0.0, 3.0, 5.0, 7.4, 10.0, 13.0, 15.0}));
  if (dice_.Chance(0.85)) {
    World(Later(5 * kMilli, 4 * kSecond), "supply")
        .WithInteger("bus", bus)
        .WithNumber("value", buses_[static_cast<std::size_t>(bus)].robot.supply_v);
  }
}

void Author::Hand() {
  const std::string joint = AnyJoint();
  World(now_, "hand")
      .With("joint", joint)
      .WithNumber("at", Rounded(dice_.Between(-2, 2)))
      .WithSpan("over", dice_.Span(50 * kMilli, 3 * kSecond));
  if (dice_.Chance(0.6)) World(Later(kSecond, 5 * kSecond), "let-go").With("joint", joint);
}

void Author::SpoilAnswers() {
  switch (dice_.Below(5)) {
    case 0: {
      Action& mute = World(now_, "mute");
      OnJoint(mute);
      Action again = mute.With("on", "yes");
      again.at = Later(2 * kMilli, 4 * kSecond);
      if (dice_.Chance(0.85)) actions_.push_back(again.With("on", "no"));
      return;
    }
    case 1: {
      Action& delay = World(now_, "delay");
      OnJoint(delay);
      Action again = delay.WithSpan("by", dice_.Span(50'000, 8 * kMilli));
      again.at = Later(2 * kMilli, 4 * kSecond);
      if (dice_.Chance(0.85)) actions_.push_back(again.WithSpan("by", 0));
      return;
    }
    default: {
      Action& few = World(now_, dice_.Of({"drop", "truncate", "corrupt"}));
      OnJoint(few);
      few.WithInteger("count", 1 + static_cast<std::int64_t>(dice_.Below(8)));
    }
  }
}

void Author::Noise() {
  switch (dice_.Below(4)) {
    case 0: {
      const auto bus = static_cast<std::int64_t>(AnyBus());
      World(now_, "echo").WithInteger("bus", bus).With("on", "yes");
      World(Later(5 * kMilli, 2 * kSecond), "echo").WithInteger("bus", bus).With("on", "no");
      return;
    }
    case 1: {
      const auto bus = static_cast<std::int64_t>(AnyBus());
      World(now_, "batch").WithInteger("bus", bus).WithSpan("by", dice_.Span(125'000, 4 * kMilli));
      World(Later(50 * kMilli, 5 * kSecond), "batch").WithInteger("bus", bus).WithSpan("by", 0);
      return;
    }
    default: {
      const bool requests = dice_.Chance(0.5);
      Action& noise = World(now_, requests ? "corrupt-requests" : "corrupt");
      if (requests || dice_.Chance(0.3)) {
        noise.With("joint", "all").WithInteger("bus", static_cast<std::int64_t>(AnyBus()));
      } else {
        OnJoint(noise);
      }
      Action again = noise.WithNumber("rate", dice_.Of({0.001, 0.01, 0.05, 0.2, 0.5, 1.0}));
      again.at = Later(20 * kMilli, 5 * kSecond);
      if (dice_.Chance(0.85)) actions_.push_back(again.WithNumber("rate", 0));
    }
  }
}

void Author::StatusBits() {
  Action& bits = World(now_, "status-bits");
  OnJoint(bits);
  Action again = bits.WithInteger("value", dice_.Of({1, 2, 4, 8, 32, 12, 40}));
  again.at = Later(2 * kMilli, 3 * kSecond);
  if (dice_.Chance(0.85)) actions_.push_back(again.WithInteger("value", 0));
}

void Author::PullPlug() {
  const auto bus = static_cast<std::int64_t>(AnyBus());
  World(now_, "unplug").WithInteger("bus", bus);
  World(Later(2 * kMilli, 3 * kSecond), "replug").WithInteger("bus", bus);
}

void Author::PowerLoss() {
  if (dice_.Chance(0.4)) {
    World(now_, "brown-out").WithInteger("bus", static_cast<std::int64_t>(AnyBus()));
  } else {
    OnJoint(World(now_, "power-cycle"));
  }
}

void Author::ServoLoss() {
  const std::string joint = AnyJoint();
  if (dice_.Chance(0.25)) {
    World(now_, "swap")
        .With("joint", joint)
        .WithInteger("value", static_cast<std::int64_t>(dice_.Below(2000)) - 1000);
    return;
  }
  World(now_, "detach").With("joint", joint);
  if (dice_.Chance(0.85)) World(Later(5 * kMilli, 4 * kSecond), "attach").With("joint", joint);
}

void Author::Heal() { World(now_, "heal").WithInteger("bus", static_cast<std::int64_t>(AnyBus())); }

}  // namespace soarm::adversary
