#include "server/front/guest_list.h"

#include <algorithm>
#include <utility>

namespace soarm {
namespace {

// Of file descriptors: what buses, cameras, files, listeners and gRPC's own needs take, and what a
// connection does: two, and by TLS, as which at most half of them come in, two more.
constexpr std::size_t kFilesBesides = 192;
constexpr std::size_t kFilesOfWaiting = 2;
constexpr std::size_t kFilesOfConnection = 3;
constexpr std::size_t kFewest = 16;

}  // namespace

ConnectionLimits ConnectionLimits::For(std::size_t files) {
  ConnectionLimits limits;
  const std::size_t left = files > kFilesBesides ? files - kFilesBesides : 0;
  // A quarter for those that wait.
  limits.waiting = std::clamp(left / 4 / kFilesOfWaiting, kFewest, limits.waiting);
  limits.most = std::clamp((left - left / 4) / kFilesOfConnection, kFewest, limits.most);
  return limits;
}

void GuestList::Arrive(std::uint64_t id, Door door, const std::string& host, MonoTime now) {
  guests_[id] = {.door = door, .host = host, .since = now};
}

std::optional<std::uint64_t> GuestList::LeavesFor(std::uint64_t id) const {
  const std::string& host = guests_.at(id).host;
  if (CountWaiting(&host) > limits_.waiting_of_host()) return LongestWaiting(&host);
  if (CountWaiting(nullptr) > limits_.waiting) return LongestWaiting(nullptr);
  return std::nullopt;
}

std::optional<std::uint64_t> GuestList::InTheWayAt(Door door) const {
  struct Waiting {
    std::uint64_t longest = 0;
    std::size_t count = 0;
  };
  std::map<std::string, Waiting> of_host;
  for (const auto& [id, guest] : guests_) {
    if (guest.in || guest.door != door) continue;
    ++of_host.try_emplace(guest.host, Waiting{id, 0}).first->second.count;
  }
  std::optional<Waiting> most;
  for (const auto& [host, waiting] : of_host) {
    if (most && std::pair(most->count, waiting.longest) >= std::pair(waiting.count, most->longest))
      continue;
    most = waiting;
  }
  return most ? std::optional(most->longest) : std::nullopt;
}

bool GuestList::IsHostFull(const Guest& guest) const {
  const auto of_host = of_host_.find(guest.host);
  return of_host != of_host_.end() && of_host->second >= limits_.most_of_host(guest.door);
}

bool GuestList::HasRoom(const Guest& guest) const {
  if (inside_ >= limits_.most || inside(guest.door) >= limits_.most_of(guest.door)) return false;
  const std::size_t by_tcp = inside(Door::kLoopback) + inside(Door::kTls);
  if (guest.door != Door::kUnix && by_tcp >= limits_.most_by_tcp()) return false;
  return !IsHostFull(guest);
}

std::vector<std::uint64_t> GuestList::InTheWayOf(std::uint64_t id) const {
  const Guest& guest = guests_.at(id);
  const bool host = IsHostFull(guest);
  const bool door = inside(guest.door) >= limits_.most_of(guest.door);
  std::vector<std::uint64_t> ids;
  for (const auto& [other_id, other] : guests_) {
    if (!other.in || other.door == Door::kUnix) continue;
    if (host ? other.host == guest.host : !door || other.door == guest.door) {
      ids.push_back(other_id);
    }
  }
  return ids;
}

std::vector<std::uint64_t> GuestList::InsideByTcp() const {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, guest] : guests_) {
    if (guest.in && guest.door != Door::kUnix) ids.push_back(id);
  }
  return ids;
}

bool GuestList::Enter(std::uint64_t id) {
  Guest& guest = guests_.at(id);
  if (guest.in) return true;
  if (!HasRoom(guest)) return false;
  guest.in = true;
  ++of_host_[guest.host];
  ++of_door_[static_cast<std::size_t>(guest.door)];
  ++inside_;
  return true;
}

void GuestList::Leave(std::uint64_t id) {
  const auto found = guests_.find(id);
  if (found == guests_.end()) return;
  const Guest& guest = found->second;
  if (guest.in) {
    const auto host = of_host_.find(guest.host);
    if (--host->second == 0) of_host_.erase(host);
    --of_door_[static_cast<std::size_t>(guest.door)];
    --inside_;
  }
  guests_.erase(found);
}

std::vector<std::uint64_t> GuestList::all() const {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, guest] : guests_) ids.push_back(id);
  return ids;
}

std::size_t GuestList::CountWaiting(const std::string* host) const {
  return static_cast<std::size_t>(std::ranges::count_if(guests_, [host](const auto& one) {
    return !one.second.in && (host == nullptr || one.second.host == *host);
  }));
}

std::optional<std::uint64_t> GuestList::LongestWaiting(const std::string* host) const {
  for (const auto& [id, guest] : guests_) {  // in the order in which they came
    if (!guest.in && (host == nullptr || guest.host == *host)) return id;
  }
  return std::nullopt;
}

std::vector<std::uint64_t> GuestList::Overdue(MonoTime now) const {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, guest] : guests_) {
    if (!guest.in && now - guest.since >= limits_.patience) ids.push_back(id);
  }
  return ids;
}

std::optional<MonoTime> GuestList::NextDeadline() const {
  std::optional<MonoTime> next;
  for (const auto& [id, guest] : guests_) {
    if (guest.in) continue;
    const MonoTime deadline = guest.since + limits_.patience;
    if (!next || deadline < *next) next = deadline;
  }
  return next;
}

}  // namespace soarm
