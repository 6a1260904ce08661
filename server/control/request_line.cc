#include "server/control/request_line.h"

#include <algorithm>

namespace soarm::control {
namespace {

bool IsAlwaysTaken(RequestKind kind) {
  return kind == RequestKind::kRelease || kind == RequestKind::kCancelMove;
}

}  // namespace

std::deque<RequestLine::Entry>::iterator RequestLine::Find(std::uint64_t id) {
  return std::ranges::find(entries_, id, &Entry::id);
}

// Whether it is its turn to get a slot.
bool RequestLine::MayGo(std::deque<Entry>::const_iterator entry) const {
  const Request& request = entry->request;
  return std::none_of(entries_.begin(), entry, [&](const Entry& before) {
    if (before.request.group != request.group) return false;
    if (request.kind != RequestKind::kCancelMove) {
      return before.request.kind != RequestKind::kCancelMove;
    }
    return before.request.kind == RequestKind::kStartMove && before.request.move == request.move &&
           !before.slot;
  });
}

bool RequestLine::Post(std::uint64_t id, const Request& request) {
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
  const auto entry = Find(id);
  if (entry == entries_.end() || !entry->slot) return std::nullopt;
  const std::optional<Reply> reply = queue_.Poll(*entry->slot);
  if (reply) entries_.erase(entry);
  return reply;
}

bool RequestLine::Abandon(std::uint64_t id) {
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
  const auto entry = Find(id);
  if (entry != entries_.end()) entry->ignored = true;
  Advance();
}

void RequestLine::Advance() {
  std::erase_if(entries_, [&](const Entry& entry) {
    if (entry.abandoned) return !queue_.IsAbandoned(*entry.slot);
    return entry.ignored && entry.slot && queue_.Poll(*entry.slot).has_value();
  });
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (!entry->slot && MayGo(entry)) entry->slot = queue_.Post(entry->request);
  }
}

}  // namespace soarm::control
