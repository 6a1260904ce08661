#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include <absl/status/status.h>

#include "server/control/controlled_robot.h"
#include "server/core/stop_store.h"

namespace soarm {

// Keeps the stops that stand beyond the end of the daemon: brings back those of the last life, and
// writes every change. Stops act whether or not they can be kept; no caller waits for the disk.
//
// Threads    Restore() and Start() before everything else, Stop() after it. Its own, "keep",
// writes;
//            without Start() that is Step()'s caller. The rest from any.
// Ownership  `robot` and `store` outlive it. Without a store nothing is kept.
class StopKeeper {
 public:
  StopKeeper(control::ControlledRobot& robot, StopStore* store, Clock& clock);
  ~StopKeeper();
  StopKeeper(const StopKeeper&) = delete;
  StopKeeper& operator=(const StopKeeper&) = delete;

  // What cannot be understood is a stop: HOLD for every group, and the reason says why. Ids begin
  // where no earlier life has given one, whether or not it could keep that; the first writing,
  // which is done here, takes care of that and finds out whether anything can be kept.
  void Restore();
  void Start();
  // Has what has not been written written, and the thread ended; false where the disk takes longer
  // than `patience`. The destructor waits for it then.
  bool Stop(Nanos patience);
  bool is_started() const { return started_.load(); }
  // Writes what has changed, if anything; what fails is tried again after a second.
  void Step();
  // Has the next Step() write although the last one has just failed.
  void Hurry();

  // True once everything up to that version of the board is kept.
  bool IsKept(std::uint64_t version) const { return store_ == nullptr || kept_.load() >= version; }
  // True once nothing that was cleared by that version would stand again, kept or not.
  bool IsCleared(std::uint64_t version) const {
    return IsKept(version) || cleared_.load() >= version;
  }
  // True once that version was written, or could not be.
  bool IsTried(std::uint64_t version) const {
    return store_ == nullptr || tried_.load() >= version;
  }
  // Why the last change is not kept; OK when it is, or is about to be.
  absl::Status failure() const;
  // Likewise, and why nothing is for as long as the disk does not answer.
  absl::Status WhyNotKept() const;

 private:
  void Run();
  void ReadBack(const KeptStops& kept);
  void Save();
  // After a failed writing: whether the disk has nothing any more that does not stand.
  bool Withdraw(const control::StopBoard::Book& book);
  KeptStops Render(const control::StopBoard::Book& book) const;

  control::ControlledRobot& robot_;
  StopStore* const store_;
  Clock& clock_;
  // Versions of the board.
  std::atomic<std::uint64_t> kept_{0};
  std::atomic<std::uint64_t> cleared_{0};
  std::atomic<std::uint64_t> tried_{0};
  std::atomic<std::int64_t> writing_since_ns_{0};  // 0: it does not write
  std::atomic<bool> hurries_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> started_{false};
  std::mutex stepping_;  // held in Step(), for who clears before the thread is there
  MonoTime retry_at_{};  // the writer's
  bool owes_ = false;    // the writer's: the first writing has not been done
  // The writer's: what the store would bring back. Unreadable or outdated, that is HOLD for all.
  std::vector<std::uint64_t> stored_ids_;
  bool store_holds_ = false;

  mutable std::mutex mutex_;
  absl::Status failure_;  // guarded by mutex_
  bool ended_ = false;    // guarded by mutex_: the thread has nothing left to do
  std::condition_variable has_ended_;
  std::thread thread_;
};

}  // namespace soarm
