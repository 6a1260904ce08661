#include "tests/system/adversity/acts.h"

#include <chrono>
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

namespace soarm::test {
namespace {

using adversary::Dice;
using std::chrono::milliseconds;

Nanos Between(Dice& dice, int low_ms, int high_ms) {
  return milliseconds(static_cast<int>(dice.Between(low_ms, high_ms)));
}

Driving AnyDriving(Dice& dice) { return dice.Chance(0.6) ? Driving::kStream : Driving::kMove; }

std::size_t AnyLevel(Dice& dice) {
  constexpr double kWeights[] = {4, 2, 1, 1};  // hold, soft hold, release, what does not exist
  return dice.Weighted(kWeights);
}

void StartDaemon(Scene& scene, Dice& dice) {
  if (dice.Chance(0.3)) scene.KillWhileStarting(static_cast<int>(dice.Below(40)));
  scene.StartDaemon(dice.Chance(0.25) ? EndState::kLimp : EndState::kHold);
}

void KillDaemon(Scene& scene, Dice&) { scene.KillDaemon(); }

void EndDaemon(Scene& scene, Dice&) { scene.EndDaemon(); }

void FreezeDaemon(Scene& scene, Dice& dice) {
  const auto thaw = dice.Chance(0.3) ? Scene::Thaw::kIsKilled : Scene::Thaw::kGoesOn;
  scene.FreezeDaemon(Between(dice, 20, 2500), thaw);
}

// Longer than any command or lease lives: whatever still lies in the sockets is too old.
void FreezeDaemonAndKillDriver(Scene& scene, Dice& dice) {
  scene.FreezeDaemon(Between(dice, 1500, 3000), Scene::Thaw::kGoesOn, [&] { scene.KillDriver(); });
}

void StopFrozenDaemon(Scene& scene, Dice& dice) {
  const auto thaw = dice.Chance(0.3) ? Scene::Thaw::kIsKilled : Scene::Thaw::kGoesOn;
  const std::size_t level = AnyLevel(dice);
  scene.FreezeDaemon(Between(dice, 200, 1000), thaw, [&] { scene.StopUnheard(level); });
  if (thaw == Scene::Thaw::kGoesOn) scene.ExpectHeard(level);
}

void FreezeSimulator(Scene& scene, Dice& dice) { scene.FreezeSimulator(Between(dice, 20, 1500)); }

void StartSecondDaemon(Scene& scene, Dice& dice) { scene.StartSecondDaemon(dice.Below(3)); }

void StartDriver(Scene& scene, Dice& dice) {
  const Driving driving = AnyDriving(dice);
  scene.StartDriver(driving, dice.Word());
  scene.Rest(Between(dice, 100, 700));
}

void KillDriver(Scene& scene, Dice&) { scene.KillDriver(); }

void EndDriver(Scene& scene, Dice&) { scene.EndDriver(); }

void FreezeDriver(Scene& scene, Dice& dice) { scene.FreezeDriver(Between(dice, 100, 2500)); }

void KillWhileEnabling(Scene& scene, Dice& dice) {
  const bool kill_daemon = dice.Chance(0.5);
  const int frames = static_cast<int>(dice.Below(80));
  scene.KillWhileEnabling(frames, kill_daemon, dice.Word());
}

void Flood(Scene& scene, Dice& dice) {
  const Nanos span = Between(dice, 300, 1200);
  scene.Flood(span, dice.Word());
}

void ReleaseTorque(Scene& scene, Dice&) { scene.ReleaseTorque(); }

void Stop(Scene& scene, Dice& dice) {
  const auto way = dice.Of({Scene::Way::kCall, Scene::Way::kSocket, Scene::Way::kCommand});
  const std::size_t level = AnyLevel(dice);
  scene.Stop(way, level, dice.Below(3));
}

void StopAndKill(Scene& scene, Dice& dice) {
  Stop(scene, dice);
  scene.KillDaemon();
}

void StopDeadDaemon(Scene& scene, Dice& dice) { scene.StopUnheard(AnyLevel(dice)); }

void ClearOne(Scene& scene, Dice&) { scene.Clear(false); }

void ClearAll(Scene& scene, Dice&) { scene.Clear(true); }

void FillDisk(Scene& scene, Dice&) { scene.SetDiskFull(true); }

void FreeDisk(Scene& scene, Dice&) { scene.SetDiskFull(false); }

void Rest(Scene& scene, Dice& dice) { scene.Rest(Between(dice, 1000, 3500)); }

// What has to be so for an act: that something is, that it is not, or neither.
enum class Is : std::uint8_t { kAny, kOn, kOff };
bool Fits(Is wanted, bool is) { return wanted == Is::kAny || (wanted == Is::kOn) == is; }

struct Act {
  const char* name;
  double weight;
  Is up;       // the daemon
  Is driven;   // by a client
  Is stopped;  // by a stop that stands
  void (*act)(Scene&, Dice&);
  Is full = Is::kAny;  // the disk
};

constexpr Is kAny = Is::kAny;
constexpr Is kOn = Is::kOn;
constexpr Is kOff = Is::kOff;
constexpr Act kActs[] = {
    {"start a daemon", 8, kOff, kAny, kAny, StartDaemon},
    {"kill the daemon", 1, kOn, kOff, kAny, KillDaemon},
    {"kill the daemon while a client drives", 2, kOn, kOn, kAny, KillDaemon},
    {"end the daemon", 1.5, kOn, kAny, kAny, EndDaemon},
    {"freeze the daemon", 1.5, kOn, kAny, kAny, FreezeDaemon},
    {"freeze the daemon and kill the driver", 1.5, kOn, kOn, kAny, FreezeDaemonAndKillDriver},
    {"stop a frozen daemon", 1, kOn, kAny, kAny, StopFrozenDaemon},
    {"freeze the simulator", 1, kOn, kAny, kAny, FreezeSimulator},
    {"start a second daemon", 0.7, kOn, kAny, kAny, StartSecondDaemon},
    {"start a driver", 10, kOn, kOff, kOff, StartDriver},
    {"start a driver under a stop", 2, kOn, kOff, kOn, StartDriver},
    {"kill the driver", 2, kAny, kOn, kAny, KillDriver},
    {"end the driver", 2, kAny, kOn, kAny, EndDriver},
    {"freeze the driver", 1.5, kOn, kOn, kAny, FreezeDriver},
    {"kill while enabling", 1.5, kOn, kOff, kAny, KillWhileEnabling},
    {"flood", 1, kOn, kAny, kAny, Flood},
    {"release torque", 0.7, kOn, kOff, kAny, ReleaseTorque},
    {"stop", 1, kOn, kOff, kAny, Stop},
    {"stop while a client drives", 3, kOn, kOn, kOff, Stop},
    {"stop, and kill the daemon", 1.5, kOn, kAny, kAny, StopAndKill},
    {"stop a dead daemon", 0.7, kOff, kAny, kAny, StopDeadDaemon},
    {"clear one stop", 0.5, kOn, kAny, kOn, ClearOne},
    {"clear all stops", 4, kOn, kAny, kOn, ClearAll},
    {"fill the disk", 0.4, kAny, kAny, kAny, FillDisk, kOff},
    {"free the disk", 1, kAny, kAny, kAny, FreeDisk, kOn},
    {"rest", 2, kAny, kAny, kAny, Rest},
};

}  // namespace

void DoOneAct(Scene& scene, Dice& dice, std::uint64_t step) {
  std::vector<double> weights;
  for (const Act& act : kActs) {
    const bool possible = Fits(act.up, scene.is_up()) && Fits(act.driven, scene.has_driver()) &&
                          Fits(act.stopped, scene.is_stopped()) &&
                          Fits(act.full, scene.is_disk_full());
    weights.push_back(possible ? act.weight : 0);
  }
  const Act& act = kActs[dice.Weighted(weights)];
  std::printf("  %4llu  %s\n", static_cast<unsigned long long>(step), act.name);
  std::fflush(stdout);
  act.act(scene, dice);
  scene.Look();
}

}  // namespace soarm::test
