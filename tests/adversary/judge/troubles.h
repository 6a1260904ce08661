#pragma once

#include <vector>

#include "tests/adversary/judge/bounds.h"

namespace soarm::adversary {

// What the world does to each joint, as far as it excuses anything.
struct Trouble {
  bool blocked = false;       // or was lately
  double load_nm = 0;
  bool deaf = false;          // mute, damage above what is overcome, unplugged or without a daemon
  double damage = 0;          // byte error rate either way
  Time moved_by_world = -1;   // until then: a push, a spring, a supply that changes
  Time by_another = -1;       // until then: another program's registers act
  Time unreached = -1;        // until then: what is written or read may not arrive
  bool recalibrated = false;  // by another program: where it is, nobody can know
  Time power_changed = -1'000'000'000'000;  // when it last lost or got its supply
};

// Keeps the troubles of all joints up to date.
class Troubles {
 public:
  void Begin(const SceneFacts& scene);
  void On(Time at, const WorldDid& did);
  void On(Time at, const ProcessDid& did);
  // The servo's own protection shows in the truth.
  void On(const TruthFrame& frame);

  const Trouble& of(std::size_t joint) const { return troubles_[joint]; }
  // The daemon does not run, stands still, or has just started.
  bool IsAway(Time at) const { return !runs_ || at < back_at_; }
  bool IsOpen(std::size_t bus, Time at) const { return plugged_[bus] && at >= open_at_[bus]; }
  // Whether commands and readings get through to this joint without ado.
  bool IsReached(std::size_t joint, Time at) const;

 private:
  template <typename Work>
  void ForEach(const WorldDid& did, Work work);

  const SceneFacts* scene_ = nullptr;
  std::vector<Trouble> troubles_;
  std::vector<ShaftTruth> last_;
  std::vector<bool> plugged_;
  std::vector<Time> open_at_;
  bool runs_ = false;
  Time back_at_ = 0;
};

}  // namespace soarm::adversary
