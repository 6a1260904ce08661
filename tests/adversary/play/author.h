#pragma once

#include <string>
#include <vector>

#include "tests/adversary/play/dice.h"
#include "tests/adversary/play/script.h"

namespace soarm::adversary {

// Writes the actions of a play: one call is one idea, with what naturally follows it later.
//
// Not thread-safe.
class Author {
 public:
  Author(Dice& dice, const Setting& setting);

  // Where the next idea begins.
  void SetNow(Time now) { now_ = now; }
  Time now() const { return now_; }
  std::vector<Action> TakeActions();

  // --- author_clients.cc: people who mean well
  void Drive(int client);  // acquire, enable, then a stream or moves
  void Stream(int client) { Stream(client, now_, AnyGroup()); }
  void Move(int client) { Move(client, now_, AnyGroup()); }
  void ReleaseLease(int client);
  void Limp(int client);
  void Scale(int client);
  void StopAndClear(int client);
  void Mend(int client);
  void Vanish(int client);
  void Hurry(int client);  // torque for somebody who does not wait for it

  // --- author_strangers.cc: people who do not
  void Pretend(int client);    // streams or calls with a reference that is not theirs
  void BadFrames(int client);  // no numbers, out of range, foreign joints, late, out of order
  void OddCalls(int client);   // extreme scales, moves that make no sense, unknown groups
  void Crowd(int client);      // several streams of one holder
  void GuessTheNext(int client);
  void Takeover(int client);

  // --- author_world.cc
  void Obstacle();
  void Load();
  void Heat();
  void Supply();
  void Hand();
  void SpoilAnswers();
  void Noise();
  void StatusBits();
  void PullPlug();
  void PowerLoss();
  void ServoLoss();
  void Heal();

  // --- author_programs.cc
  void OtherProgram();

  // --- author_moments.cc
  void RunInto(int client);      // an obstacle in the way of a move, and it goes away
  void StopTheMove(int client);  // before it has begun
  void CutEnable(int client);    // half way
  void NarrowAndMove(int client);
  void SpoilAndStop(int client);  // what is heard of a joint, and it

  // --- author_process.cc
  void KillAndStart();
  void EndAndStart();
  void Freeze();
  void Suspend();
  void FillDisk();
  // What is so before the daemon starts.
  void Before();

 private:
  void Stream(int client, Time at, const std::string& group);
  void Move(int client, Time at, const std::string& group);
  // One or the other, soon after now.
  void StreamOrMove(int client, double streams);
  Action& Add(Time at, Actor actor, std::string_view verb);
  Action& Client(int client, Time at, std::string_view verb);
  Action& World(Time at, std::string_view verb);
  void OtherRegister();
  void OtherMode();
  void OtherGoals();
  void OtherGains();
  void OtherLead();
  void WriteTo(const std::string& joint, Time at, int address, int width, int value);
  std::string AnyGroup(bool writable = true);
  std::string AnyJoint();        // GROUP/NAME
  void OnJoint(Action& action);  // some joint, rarely all of a bus
  std::size_t AnyBus() { return dice_.Below(buses_.size()); }
  // Of a group that may be driven.
  const JointFacts& AnyJointOf(Kind kind, const JointFacts& otherwise);
  double InRange(const JointFacts& joint);
  // Targets for some joints of `group`; waves where they are for a stream.
  void Targets(Action& action, const std::string& group, bool waves);
  // Soon, or not so soon, after now.
  Time Later(Time low, Time high) { return now_ + dice_.Span(low, high); }

  Dice& dice_;
  const std::vector<BusSetting> buses_;
  const SceneFacts scene_;
  Time now_ = 0;
  std::vector<Action> actions_;
};

}  // namespace soarm::adversary
