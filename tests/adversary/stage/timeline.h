#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "tests/adversary/record/record.h"
#include "tests/adversary/stage/fiber.h"

namespace soarm::adversary {

// Virtual time and what happens in it, in an order that depends on nothing else: events at their
// time, equal times in the order in which they were planned; and lines of work that wait. Whoever
// waits lets everything else happen that is due meanwhile: so a client's call comes in the midst
// of a tick's exchange.
//
// Threads  one.
// Units    nanoseconds.
class Timeline {
 public:
  explicit Timeline(Time start) : now_(start) {}
  ~Timeline();
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;

  Time now() const noexcept { return now_; }

  // Runs `what` at `when`, or now when that has passed. It may not wait.
  void At(Time when, std::function<void()> what);

  // A line of work with a stack of its own; it begins now, when the caller next waits.
  class Line {
   public:
    bool done() const noexcept { return done_; }

   private:
    friend class Timeline;
    std::unique_ptr<Fiber> fiber_;
    std::uint64_t waits_ = 0;  // of its next waking; older ones are void
    bool done_ = false;
  };
  std::shared_ptr<Line> Begin(std::function<void()> body);
  // Ends the wait of `line` early.
  void Wake(Line& line);

  // From a line of work, or from the code that made the timeline.
  void WaitUntil(Time when);

 private:
  struct Entry {
    Time at = 0;
    std::uint64_t order = 0;
    std::shared_ptr<Line> line;  // to wake
    std::uint64_t wait = 0;      // which of its waits
    std::function<void()> what;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const noexcept {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };
  void Push(Entry entry);
  Entry Pop();
  // Runs events until the next is the waking of a line, which is the answer.
  std::shared_ptr<Line> NextLine();

  Time now_;
  std::uint64_t order_ = 0;
  std::vector<Entry> entries_;  // a heap
  std::shared_ptr<Line> current_ = MakeFirst();
  std::vector<std::shared_ptr<Line>> ended_;  // their stacks are freed by somebody else

  static std::shared_ptr<Line> MakeFirst();
};

}  // namespace soarm::adversary
