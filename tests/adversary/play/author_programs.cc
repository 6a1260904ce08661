// Another program on the same bus.

#include <algorithm>
#include <array>
#include <string>

#include "tests/adversary/play/author.h"

namespace soarm::adversary {

namespace {

std::string Bytes(int width, int value) {
  std::string data = std::to_string(value & 0xFF);
  if (width == 2) data += "," + std::to_string(value >> 8 & 0xFF);
  return data;
}

}  // namespace

void Author::WriteTo(const std::string& joint, Time at, int address, int width, int value) {
  World(at, "write")
      .With("joint", joint)
      .WithInteger("address", address)
      .With("data", Bytes(width, value));
}

void Author::OtherProgram() {
  const double kind = dice_.Unit();
  if (kind < 0.74) {
    OtherRegister();
  } else if (kind < 0.78) {
    OtherLead();
  } else if (kind < 0.88) {
    OtherMode();
  } else if (kind < 0.95) {
    OtherGoals();
  } else {
    OtherGains();
  }
}

void Author::OtherRegister() {
  struct Register {
    int address;
    int width;
  };
  static constexpr std::array<Register, 19> kRegisters = {{{40, 1},
                                                           {40, 1},
                                                           {42, 2},
                                                           {42, 2},
                                                           {48, 2},
                                                           {48, 2},
                                                           {41, 1},
                                                           {46, 2},
                                                           {33, 1},
                                                           {9, 2},
                                                           {11, 2},
                                                           {16, 2},
                                                           {55, 1},
                                                           {31, 2},
                                                           {18, 1},
                                                           {21, 1},
                                                           {34, 1},
                                                           {35, 1},
                                                           {36, 1}}};
  const Register one = kRegisters[dice_.Below(kRegisters.size())];
  int value = static_cast<int>(dice_.Below(one.width == 1 ? 4 : 4096));
  if (one.address == 40) value = dice_.Of({0, 1, 1, 2});
  if (one.address == 48 || one.address == 16) value = static_cast<int>(dice_.Below(1001));
  if (one.address == 41) value = static_cast<int>(dice_.Below(255));
  if (one.address == 18) value = 0x0C ^ (1 << dice_.Below(8));       // one bit of its phase
  if (one.address == 21) value = static_cast<int>(dice_.Below(65));  // gain; 32 from the maker
  // Of its protection from overload: left torque, time and the torque that starts it.
  if (one.address >= 34 && one.address <= 36) value = static_cast<int>(dice_.Below(101));
  Action& write = World(now_, "write");
  OnJoint(write);
  write.WithInteger("address", one.address).With("data", Bytes(one.width, value));
}

// Drives one servo its own way: a mode, what that mode goes by, and torque.
void Author::OtherMode() {
  constexpr int kSign = 0x8000;
  constexpr int kDutySign = 0x400;
  const std::string joint = AnyJoint();
  WriteTo(joint, now_, 33, 1, static_cast<int>(dice_.Below(4)));
  WriteTo(joint, now_, 42, 2, static_cast<int>(dice_.Below(4096)));
  WriteTo(joint, now_, 46, 2,
          static_cast<int>(dice_.Below(1500)) | (dice_.Chance(0.5) ? kSign : 0));
  WriteTo(joint, now_, 44, 2,
          static_cast<int>(dice_.Below(500)) | (dice_.Chance(0.5) ? kDutySign : 0));
  WriteTo(joint, now_, 40, 1, dice_.Chance(0.8) ? 1 : 0);
}

// Streams goals of its own to one joint.
void Author::OtherGoals() {
  const std::string joint = AnyJoint();
  const Time period = dice_.Span(10 * kMilli, 200 * kMilli);
  const int step = static_cast<int>(dice_.Below(60)) - 30;
  int goal = 1000 + static_cast<int>(dice_.Below(2000));
  Time at = now_;
  for (std::size_t left = 3 + dice_.Below(20); left > 0; --left, at += period, goal += step) {
    WriteTo(joint, at, 42, 2, goal);
  }
}

// Leads a joint weakly to a place far away while nobody else is there, and is found at it.
void Author::OtherLead() {
  const JointFacts& led = AnyJointOf(Kind::kPosition, scene_.joints.front());
  const std::string joint = led.group + "/" + led.name;
  const auto group = std::ranges::find(scene_.groups, led.group, &GroupFacts::name);
  const auto bus = static_cast<std::int64_t>(group->bus);
  const bool unplugged = dice_.Chance(0.4);
  if (unplugged) {
    World(now_, "unplug").WithInteger("bus", bus);
  } else {
    Add(now_, Actor::kProcess, "kill");
  }
  const Time leads = now_ + dice_.Span(10 * kMilli, 100 * kMilli);
  const int away = 400 + static_cast<int>(dice_.Below(1000));
  const int goal = static_cast<int>(led.zero_ticks) + (dice_.Chance(0.5) ? away : -away);
  WriteTo(joint, leads, 48, 2, 60 + static_cast<int>(dice_.Below(300)));
  WriteTo(joint, leads, 46, 2, dice_.Of({0, 0, 200, 800}));
  WriteTo(joint, leads, 42, 2, goal);
  WriteTo(joint, leads, 40, 1, 1);
  const Time found = leads + dice_.Span(10 * kMilli, 800 * kMilli);
  if (unplugged) {
    World(found, "replug").WithInteger("bus", bus);
  } else {
    Add(found, Actor::kProcess, "start");
  }
}

// Of the loop that a wheel turns by.
void Author::OtherGains() {
  const std::string joint = AnyJoint();
  for (const int address : {37, 39}) {
    WriteTo(joint, now_, address, 1, dice_.Chance(0.6) ? 0 : static_cast<int>(dice_.Below(20)));
  }
}

}  // namespace soarm::adversary
