#include "server/control/request_line.h"

#include <algorithm>
#include <bitset>

namespace soarm::control {
namespace {

bool IsAlwaysTaken(RequestKind kind) {
  return kind == RequestKind::kRelease || kind == RequestKind::kCancelMove;
}

Reply ReplyOf(Outcome outcome) {
  Reply reply;
  reply.outcome = outcome;
  return reply;
}

}  // namespace

std::deque<RequestLine::Entry>::iterator RequestLine::Find(std::uint64_t id) {
  return std::ranges::find(entries_, id, &Entry::id);
}

bool RequestLine::WaitsForItsStart(std::deque<Entry>::const_iterator cancel) const {
  return std::any_of(entries_.begin(), cancel, [&](const Entry& before) {
    return before.request.kind == RequestKind::kStartMove && !before.slot &&
           before.request.group == cancel->request.group &&
           before.request.move == cancel->request.move;
  });
}

void RequestLine::Withdraw(Entry& entry, Outcome why) {
  if (entry.slot && !queue_.TakeBack(*entry.slot)) {
    // What the cycle has begun of the others it brings to its end at once, and that is told.
    if (entry.request.kind != RequestKind::kEnable || entry.abandoned) return;
    entry.abandoned = queue_.Abandon(*entry.slot) == OperationQueue::Abandoned::kTaken;
    if (!entry.abandoned) return;
  }
  if (!entry.ignored) answered_[entry.id] = ReplyOf(why);
  entry.id = 0;  // nobody's: there is no such operation
  entry.withdrawn = !entry.abandoned;
}

void RequestLine::MakeWayFor(const Request& release) {
  for (Entry& entry : entries_) {
    const bool ends = entry.request.group == release.group && !IsAlwaysTaken(entry.request.kind);
    if (ends) Withdraw(entry, Outcome::kOvertaken);
  }
  std::erase_if(entries_, [](const Entry& entry) { return entry.withdrawn; });
}

void RequestLine::RefuseWaiting(Outcome why) {
  for (Entry& entry : entries_) {
    if (!entry.slot) Withdraw(entry, why);
  }
  std::erase_if(entries_, [](const Entry& entry) { return entry.withdrawn; });
}

bool RequestLine::Post(std::uint64_t id, const Request& request) {
  if (request.kind == RequestKind::kRelease) MakeWayFor(request);
  Advance();
  const auto waiting =
      static_cast<std::size_t>(std::ranges::count_if(entries_, [&](const Entry& entry) {
        return entry.request.group == request.group && !entry.slot.has_value();
      }));
  if (waiting >= kLongest && !IsAlwaysTaken(request.kind)) return false;
  entries_.push_back({.id = id, .request = request, .slot = {}});
  Advance();
  return true;
}

std::optional<Reply> RequestLine::Poll(std::uint64_t id) {
  if (const auto answered = answered_.extract(id)) return answered.mapped();
  const auto entry = Find(id);
  if (entry == entries_.end() || !entry->slot) return std::nullopt;
  const std::optional<Reply> reply = queue_.Poll(*entry->slot);
  if (reply) entries_.erase(entry);
  return reply;
}

bool RequestLine::Abandon(std::uint64_t id) {
  answered_.erase(id);
  const auto entry = Find(id);
  if (entry == entries_.end()) return false;
  bool begun = entry->slot.has_value();
  if (begun) {
    using Abandoned = OperationQueue::Abandoned;
    const Abandoned abandoned = queue_.Abandon(*entry->slot);
    if (abandoned == Abandoned::kReplied) (void)queue_.Poll(*entry->slot);
    begun = abandoned != Abandoned::kUnseen;
    entry->abandoned = abandoned == Abandoned::kTaken;
  }
  if (!entry->abandoned) entries_.erase(entry);
  Advance();
  return begun;
}

void RequestLine::Ignore(std::uint64_t id) {
  answered_.erase(id);
  const auto entry = Find(id);
  if (entry != entries_.end()) entry->ignored = true;
  Advance();
}

void RequestLine::Advance() {
  std::erase_if(entries_, [&](const Entry& entry) {
    if (entry.abandoned) return !queue_.IsAbandoned(*entry.slot);
    return entry.ignored && entry.slot && queue_.Poll(*entry.slot).has_value();
  });
  std::bitset<kMaxGroups> has_turn;  // the groups of which one is with the cycle
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    const bool cancels = entry->request.kind == RequestKind::kCancelMove;
    const std::size_t group = entry->request.group % kMaxGroups;
    const bool waits = cancels ? !entry->slot && WaitsForItsStart(entry) : has_turn[group];
    if (!cancels) has_turn.set(group);
    if (!entry->slot && !waits) entry->slot = queue_.Post(entry->request);
  }
}

}  // namespace soarm::control
