#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/adversary/play/dice.h"
#include "tests/system/adversity/judge.h"
#include "tests/system/adversity/ledger.h"
#include "tests/system/adversity/stop_book.h"
#include "tests/system/adversity/truth_log.h"
#include "tests/system/programs.h"

namespace soarm::test {

enum class EndState : std::uint8_t { kHold, kLimp };
// What a driver does; see wild_client.cc.
enum class Driving : std::uint8_t { kStream, kMove };
const char* NameOf(Driving driving);

// An arm and a leader, each simulated in a process of its own, lives of a daemon over one state
// directory, and at most one client that drives. Each function does one thing to them and writes
// into the ledger what that allows; Look() holds the truth against it.
//
// Every function is a failed test when something does not come to be that was promised.
// Threads  one.
class Scene {
 public:
  Scene();
  ~Scene();

  // --- lives of the daemon
  bool is_up() const { return daemon_ != nullptr; }
  void StartDaemon(EndState end_state);
  // Begins to start one and kills it so many frames of truth later, wherever it is then.
  void KillWhileStarting(int frames);
  void KillDaemon();
  void EndDaemon();
  // Stands still until `span` is over; `meanwhile` is called at the beginning of it.
  enum class Thaw : std::uint8_t { kGoesOn, kIsKilled };
  void FreezeDaemon(Nanos span, Thaw thaw, const std::function<void()>& meanwhile = [] {});
  void FreezeSimulator(Nanos span);
  // One with the same addresses; one with the same state directory; one with the same bus. None
  // may get at the arm or at what the first one keeps, whatever it is asked.
  void StartSecondDaemon(std::size_t kind);
  // No file of the daemon can grow any more, as on a full disk; or they can again.
  void SetDiskFull(bool full);
  bool is_disk_full() const { return disk_full_; }

  // --- clients
  bool has_driver() const { return driver_ != nullptr; }
  void StartDriver(Driving driving, std::uint64_t seed);
  // At once, or in order: then every frame has had exactly one verdict.
  void KillDriver();
  void EndDriver();
  void FreezeDriver(Nanos span);
  // A client that turns torque on and off is killed after so many frames of truth, or the daemon.
  void KillWhileEnabling(int frames, bool kill_daemon, std::uint64_t seed);
  void Flood(Nanos span, std::uint64_t seed);
  void ReleaseTorque();

  // --- stops
  enum class Way : std::uint8_t { kCall, kSocket, kCommand };
  void Stop(Way way, std::size_t level, std::size_t groups);
  // Through the socket of a daemon that does not answer: nobody may say that it is in force.
  void StopUnheard(std::size_t level);
  // What it was told while it did not answer, it has heard when it does again.
  void ExpectHeard(std::size_t level);
  bool is_stopped() const { return stops_.any(); }
  void Clear(bool all);

  // --- what came of it
  void Rest(Nanos span);
  void Look();
  // Undoes all and drives the arm: none of the rest would be worth anything if it had not moved.
  void ExpectStillWorks();

 private:
  std::vector<std::string> DaemonArgs(EndState end_state) const;
  client::Connection& daemon() { return daemon_->connection(); }
  v1::SafetyState Safety();
  // Takes over which stops stand, by the daemon's word; `kept` of those that are new.
  void LearnStops(bool kept, bool new_ones_are_ours);
  void DaemonIsGone(bool in_order);
  void ExpectTorque(bool on, const char* when);
  void ForgetDriver(Nanos after);
  bool IsTorque(bool on);

  const TemporaryFolder folder_;
  const TemporaryFolder leader_folder_;
  RunningSim arm_{folder_};
  RunningSim leader_{leader_folder_, {"--robot", "so101_leader"}};
  TruthLog truth_{arm_.connection()};
  Judge judge_;
  Ledger ledger_;
  StopBook stops_;
  std::unique_ptr<RunningDaemon> daemon_;
  EndState end_state_ = EndState::kHold;
  bool disk_full_ = false;
  std::unique_ptr<Process> driver_;
  Driving driving_ = Driving::kStream;
  std::int64_t leader_looked_ns_ = 0;
};

}  // namespace soarm::test
