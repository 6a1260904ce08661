#pragma once

#include <vector>

#include "tests/adversary/judge/bounds.h"

namespace soarm::adversary {

// What the world does to each joint, as far as it excuses anything. Times are ends of excuses.
struct Trouble {
  // What moves it, and what it has against that.
  double supply_share = 1;  // of the full one
  bool blocked = false;
  bool held = false;  // by a hand
  double load_nm = 0;
  double heated_to_c = 0;
  Time swings = kNever;        // a changed load, heat, supply
  Time springs = kNever;       // an obstacle that was taken away, a hand that let go
  Time protects = kNever;      // the servo's own protection acts, or did just now
  Time by_another = kNever;    // another program's registers act
  Time sluggish = kNever;      // by another program's speed or acceleration
  double driven_at_rad_s = 0;  // what that speed is; 0: none
  bool spun = false;           // a wheel under torque to which another program told that, no more
  Time drawn_back = kNever;    // by then another program's goal is no longer pressed towards
  Time switched_by_another = kNever;
  Time power_changed = kNever;  // when it last lost or got its supply

  // What can be told to it and heard of it.
  bool muted = false;
  bool late = false;           // its answers
  double answers_damaged = 0;  // byte error rate
  double requests_damaged = 0;
  Time unreached = kNever;
  bool recalibrated = false;   // by another program: where it is, nobody can know
  bool seam_in_reach = false;  // likewise: what is pushed there is switched off
  bool turned_limp = false;    // may have been over it: its servo finds itself a whole turn away
  double let_go_at_rad = 0;    // where it was under torque last, or when the seam came
  bool remoded = false;        // likewise: it may not be a position servo, or a wheel, any more
  int weakened_to = -1;        // torque limit that another program wrote; -1: none
  int shown_bits = 0;          // status bits that are a lie

  bool IsWeak() const { return by_another != kNever || supply_share < 1; }

 private:
  static constexpr Time kNever = bounds::kNever;
};

// Keeps the troubles of all joints up to date.
class Troubles {
 public:
  void Begin(const SceneFacts& scene);
  void On(Time at, const WorldDid& did);
  void On(Time at, const ProcessDid& did);
  void On(Time at, const WrittenByHost& written);
  // The servo's own protection shows in the truth.
  void On(const TruthFrame& frame);

  const Trouble& of(std::size_t joint) const { return troubles_[joint]; }
  // The daemon does not run, stands still, or has just started.
  bool IsAway(Time at) const { return !runs_ || at < back_at_; }
  // Since when it has run without standing still.
  Time runs_since() const { return runs_since_; }
  bool IsOpen(std::size_t bus, Time at) const { return plugged_[bus] && at >= open_at_[bus]; }
  // Whether answers of some servo of the bus are damaged or come into those of the next.
  bool IsNoisy(std::size_t bus) const;
  // Whether it keeps to what it was last told, since nothing new arrives or others tell it more.
  bool IsCutOff(std::size_t joint, Time at) const;
  // Whether the daemon gets to know where it is, in spite of some damage.
  bool CanBeRead(std::size_t joint, const ShaftTruth& truth, Time at) const;
  // Whether it is said, by a lie, to have cut its output: no goal is written to it then.
  bool IsSaidToBeCut(std::size_t joint) const;
  // Whether commands and readings get through to this joint without ado.
  bool IsReached(std::size_t joint, Time at) const;
  // Whether the world may move this joint, or has just done so.
  bool IsPushed(std::size_t joint, Time at) const;
  // The load by the world that this joint can be held against, with its supply and whatever torque
  // another program has left it; negative: not even its own weight.
  double Holds_nm(std::size_t joint) const;
  bool IsTooHeavy(std::size_t joint) const;
  // Whether another program has left it in a mode in which it holds no place, nor tells it.
  bool IsInOtherMode(std::size_t joint) const;
  // Whether what this joint does under torque is not the daemon's at all.
  bool IsNotOurs(std::size_t joint, Time at) const;

 private:
  template <typename Work>
  void ForEach(const WorldDid& did, Work work);
  // Whether an offset in register 31 lets the position wrap where the joint can go.
  static void Extend(Time& end, Time to) { end = std::max(end, to); }
  void OnOne(std::size_t joint, Time at, const WorldDid& did, Trouble& trouble) const;
  // Another program's writes (troubles_writes.cc).
  void OnWrite(std::size_t joint, Time at, const WorldDid& did, Trouble& trouble) const;
  bool PutsSeamInReach(std::size_t joint, int offset_ticks) const;
  void OnWire(Time at, const WorldDid& did, Trouble& trouble) const;
  void KeepGoal(const WrittenByHost& written);
  void FindDamagedGoal(std::size_t joint, const ShaftTruth& now, Time at);

  const SceneFacts* scene_ = nullptr;
  std::vector<Trouble> troubles_;
  std::vector<ShaftTruth> last_;
  struct Goals {
    std::vector<int> sent;  // by the daemon, the newest last
    int last = 0;           // heard on the wire, which damage may have made
  };
  std::vector<Goals> goals_;
  Time last_at_ = 0;
  std::vector<bool> plugged_;
  std::vector<Time> open_at_;
  bool runs_ = false;
  Time back_at_ = 0;
  Time runs_since_ = 0;
  Time opens_at_ = 0;  // by then a process that was started has opened what it can
};

}  // namespace soarm::adversary
