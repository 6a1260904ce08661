#include "server/runtime/ongoing.h"

#include <utility>

namespace soarm {

std::uint64_t OngoingList::Add(std::unique_ptr<Ongoing> ongoing) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = ++last_;
  entries_[number].ongoing = std::move(ongoing);
  callbacks_.AwaitTick();
  return number;
}

std::uint64_t OngoingList::Fail(Completion done, absl::Status why) {
  callbacks_.Post([done = std::move(done), why = std::move(why)] { done(why); });
  return 0;
}

bool OngoingList::Respond(std::uint64_t number, std::uint64_t prompt, std::size_t choice) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(number);
  return found != entries_.end() && !found->second.given_up &&
         found->second.ongoing->Respond(prompt, choice);
}

void OngoingList::GiveUp(std::uint64_t number) {
  Ongoing::Calls calls;
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(number);
  if (found == entries_.end() || std::exchange(found->second.given_up, true)) return;
  if (found->second.ongoing->GiveUp(calls)) entries_.erase(found);
  for (auto& call : calls) callbacks_.Post(std::move(call));
}

bool OngoingList::OnWake(MonoTime now) {
  Ongoing::Calls calls;
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_,
                  [&](auto& numbered) { return numbered.second.ongoing->Look(now, calls); });
    waits = !entries_.empty();
  }
  for (const auto& call : calls) call();
  return waits;
}

void OngoingList::End(const absl::Status& why) {
  Ongoing::Calls calls;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [number, entry] : entries_) entry.ongoing->End(why, calls);
    entries_.clear();
  }
  for (const auto& call : calls) call();
}

}  // namespace soarm
