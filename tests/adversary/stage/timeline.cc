#include "tests/adversary/stage/timeline.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace soarm::adversary {

std::shared_ptr<Timeline::Line> Timeline::MakeFirst() {
  auto line = std::make_shared<Line>();
  line->fiber_ = std::make_unique<Fiber>();
  return line;
}

Timeline::~Timeline() = default;

void Timeline::Push(Entry entry) {
  entry.at = std::max(entry.at, now_);
  entry.order = order_++;
  entries_.push_back(std::move(entry));
  std::push_heap(entries_.begin(), entries_.end(), Later());
}

Timeline::Entry Timeline::Pop() {
  std::pop_heap(entries_.begin(), entries_.end(), Later());
  Entry entry = std::move(entries_.back());
  entries_.pop_back();
  return entry;
}

void Timeline::At(Time when, std::function<void()> what) {
  Push({.at = when, .what = std::move(what)});
}

std::shared_ptr<Timeline::Line> Timeline::Begin(std::function<void()> body) {
  auto line = std::make_shared<Line>();
  line->fiber_ = std::make_unique<Fiber>([this, line = line.get(), body = std::move(body)] {
    body();
    line->done_ = true;
    ended_.push_back(current_);
    current_ = NextLine();  // no copy of it on this stack, which is never unwound
    line->fiber_->SwitchTo(*current_->fiber_, true);
    std::abort();  // nobody wakes it any more
  });
  Push({.at = now_, .line = line, .wait = line->waits_});
  return line;
}

void Timeline::Wake(Line& line) {
  for (Entry& entry : entries_) {
    if (entry.line.get() != &line || entry.wait != line.waits_) continue;
    std::shared_ptr<Line> kept = entry.line;
    const std::uint64_t wait = ++line.waits_;
    Push({.at = now_, .line = std::move(kept), .wait = wait});
    return;
  }
}

std::shared_ptr<Timeline::Line> Timeline::NextLine() {
  while (true) {
    Entry entry = Pop();
    now_ = entry.at;
    if (entry.what) {
      entry.what();
    } else if (entry.wait == entry.line->waits_ && !entry.line->done_) {
      return entry.line;
    }
  }
}

void Timeline::WaitUntil(Time when) {
  // Mostly nothing else is due.
  if (entries_.empty() || entries_.front().at > when) {
    now_ = std::max(now_, when);
    return;
  }
  Push({.at = when, .line = current_, .wait = ++current_->waits_});
  const std::shared_ptr<Line> next = NextLine();
  if (next == current_) return;
  Fiber& own = *current_->fiber_;
  current_ = next;
  own.SwitchTo(*next->fiber_);
  ended_.clear();  // never the one that runs
}

}  // namespace soarm::adversary
