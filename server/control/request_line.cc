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

bool RequestLine::Post(std::uint64_t id, const Request& request) {
  Advance();
  const auto waiting = static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const Entry& entry) { return !entry.slot.has_value(); }));
  if (waiting >= kLongest && !IsAlwaysTaken(request.kind)) return false;
  entries_.push_back({.id = id, .request = request, .slot = {}, .ignored = false});
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

void RequestLine::Abandon(std::uint64_t id) {
  const auto entry = Find(id);
  if (entry == entries_.end()) return;
  if (entry->slot && !queue_.Abandon(*entry->slot)) (void)queue_.Poll(*entry->slot);
  entries_.erase(entry);
  Advance();
}

void RequestLine::Ignore(std::uint64_t id) {
  const auto entry = Find(id);
  if (entry != entries_.end()) entry->ignored = true;
  Advance();
}

void RequestLine::Advance() {
  std::erase_if(entries_, [&](const Entry& entry) {
    return entry.ignored && entry.slot && queue_.Poll(*entry.slot).has_value();
  });
  for (Entry& entry : entries_) {
    if (entry.slot) continue;
    entry.slot = queue_.Post(entry.request);
    if (!entry.slot) return;
  }
}

}  // namespace soarm::control
