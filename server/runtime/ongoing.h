#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <absl/status/status.h>

#include "common/time/clock.h"
#include "server/runtime/callback_thread.h"

namespace soarm {

// Something that somebody asked of the robot, waits for, and that takes its time: torque that is
// switched, a move. It is looked at after ticks until it is over, tells what there is to tell, and
// can be given up. It may ask a person something, as it tells progress, and wait: until the answer
// comes, Look() finds nothing to do, whatever the robot does meanwhile.
//
// Threads  one call at a time, of OngoingList.
class Ongoing {
 public:
  // What is to be told, in order; run on `pub` while nothing is locked.
  using Calls = std::vector<std::function<void()>>;

  virtual ~Ongoing() = default;
  // True: it is over, and its end among `calls`. So for the others.
  virtual bool Look(MonoTime now, Calls& calls) = 0;
  // What a person answered to the prompt that it numbered so, as one of the choices it gave. False:
  // that is not what it waits for, or not any more, and nothing has happened; an answer that comes
  // late or twice is none to the next prompt. What it then does it does in Look().
  virtual bool Respond(std::uint64_t /*prompt*/, std::size_t /*choice*/) { return false; }
  // Whoever asked for it went away, or wants it to end. Not asked twice.
  virtual bool GiveUp(Calls& calls) = 0;
  // No tick will come any more; it is over.
  virtual void End(const absl::Status& why, Calls& calls) = 0;
};

// All of them, by number.
//
// Threads  Add(), Fail(), Respond() and GiveUp() from any; OnWake(), End() and all calls on `pub`.
class OngoingList {
 public:
  explicit OngoingList(CallbackThread& callbacks) : callbacks_(callbacks) {}

  // The number is for GiveUp().
  std::uint64_t Add(std::unique_ptr<Ongoing> ongoing);
  // What was refused is told on `pub` too. There is nothing to give up: 0.
  std::uint64_t Fail(Completion done, absl::Status why);
  // Whether the operation waited for that. Not once it was given up, even if it has yet to end.
  bool Respond(std::uint64_t number, std::uint64_t prompt, std::size_t choice);
  // Harmless once it is over, or for no number of ours.
  void GiveUp(std::uint64_t number);

  // True while one waits for the next tick.
  bool OnWake(MonoTime now);
  void End(const absl::Status& why);

 private:
  struct Entry {
    std::unique_ptr<Ongoing> ongoing;
    bool given_up = false;
  };

  CallbackThread& callbacks_;

  std::mutex mutex_;  // a leaf but for the robot's; guards what follows
  std::map<std::uint64_t, Entry> entries_;
  std::uint64_t last_ = 0;
};

}  // namespace soarm
