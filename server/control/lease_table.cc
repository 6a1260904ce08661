#include "server/control/lease_table.h"

#include <algorithm>
#include <random>
#include <string_view>
#include <utility>

#include "common/base/problem.h"

namespace soarm::control {
namespace {

constexpr std::size_t kEndingsKept = 64;
// Leases that drive need no bound: each has groups of its own, and those are few. Observers, who
// have nothing that anybody could wait for, must never be what keeps a driver out.
constexpr std::ptrdiff_t kMaxObservers = 48;

// 128 bits as text, so that what the edge hands out is what the table compares.
std::string Token() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device source;
  std::uniform_int_distribution<std::size_t> digit(0, kDigits.size() - 1);
  std::string token(32, '0');
  for (char& c : token) c = kDigits[digit(source)];
  return token;
}

// In seconds: tenths of one are as much as anybody wants to know.
std::string Tenths(Nanos span) {
  const auto tenths = span / std::chrono::milliseconds(100);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::string Holder(const std::string& name, LeaseClass lease_class) {
  return "'" + name + "' (" + std::string(LeaseClassName(lease_class)) + ")";
}

absl::Status Refuse(absl::StatusCode code, std::string reason, std::string subject,
                    std::string message, std::string fix,
                    std::map<std::string, std::string> facts = {}) {
  return ToStatus({.code = code,
                   .reason = std::move(reason),
                   .subject = std::move(subject),
                   .message = std::move(message),
                   .fix = std::move(fix),
                   .facts = std::move(facts)});
}

}  // namespace

std::string LeaseEndName(LeaseEnd end) {
  switch (end) {
    case LeaseEnd::kReleased:
      return "RELEASED";
    case LeaseEnd::kExpired:
      return "EXPIRED";
    case LeaseEnd::kPreempted:
      return "PREEMPTED";
    case LeaseEnd::kRevoked:
      return "REVOKED";
  }
  return "REVOKED";
}

std::uint64_t RandomWord() {
  std::random_device source;
  return (static_cast<std::uint64_t>(source()) << 32) | source();
}

LeaseTable::LeaseTable(std::vector<std::string> group_names, Authority& authority,
                       const Clock& clock)
    : group_names_(std::move(group_names)), authority_(authority), clock_(clock), suspend_(clock) {}

std::string LeaseTable::NamesOf(GroupMask groups) const {
  std::string names;
  for (std::size_t i = 0; i < group_names_.size(); ++i) {
    if ((groups & MaskOfGroup(static_cast<GroupId>(i))) == 0) continue;
    if (!names.empty()) names += ", ";
    names += group_names_[i];
  }
  return names;
}

LeaseGrant LeaseTable::GrantOf(const Lease& lease) const {
  return {.lease = {.epoch = authority_.epoch, .fence = lease.info.fence, .token = lease.token},
          .groups = lease.info.groups,
          .ttl = lease.ttl,
          .until = lease.info.until};
}

void LeaseTable::Purge() const {
  const MonoTime now = clock_.Now();
  const bool slept = suspend_.Slept();
  for (std::size_t i = leases_.size(); i-- > 0;) {
    if (now >= leases_[i].info.until) {
      End(i, LeaseEnd::kExpired, {});
    } else if (slept) {
      End(i, LeaseEnd::kRevoked, "the robot's computer was suspended");
    }
  }
}

// An observer's is nothing that anybody could miss: asked for and given back, it costs no driver
// the word who took the arm.
void LeaseTable::Remember(Ending ending) const {
  endings_.push_back(std::move(ending));
  if (endings_.size() <= kEndingsKept) return;
  const auto observed = std::ranges::find(endings_, false, &Ending::drove);
  endings_.erase(observed != endings_.end() ? observed : endings_.begin());
}

void LeaseTable::End(std::size_t index, LeaseEnd end, std::string by, LeaseClass by_class) const {
  const LeaseInfo info = std::move(leases_[index].info);
  const std::string token = std::move(leases_[index].token);
  leases_.erase(leases_.begin() + static_cast<std::ptrdiff_t>(index));
  for (std::size_t i = 0; i < group_names_.size(); ++i) {
    GroupAuthority& group = authority_.groups[i];
    if (group.fence.load() != info.fence) continue;
    if (end == LeaseEnd::kReleased) group.released_fence.store(info.fence);
    group.fence.store(0);  // first, see GroupAuthority::Lease()
    group.coupled.store(0);
    group.speed_scale.store(1.0);  // it was the holder's wish
  }
  const Ending ending = {.fence = info.fence,
                         .token = token,
                         .end = end,
                         .by = std::move(by),
                         .by_class = by_class,
                         .at = clock_.Now(),
                         .drove = info.lease_class != LeaseClass::kObserver};
  if (watcher_) watcher_(info, &ending);
  Remember(ending);
}

void LeaseTable::PublishGrant(const Lease& lease) const {
  if (lease.info.lease_class == LeaseClass::kObserver) return;
  const std::int64_t now_ns = ToNanos(clock_.Now());
  for (std::size_t i = 0; i < group_names_.size(); ++i) {
    if ((lease.info.groups & MaskOfGroup(static_cast<GroupId>(i))) == 0) continue;
    GroupAuthority& group = authority_.groups[i];
    group.contact_ns.store(now_ns);
    group.lease_until_ns.store(ToNanos(lease.info.until));
    group.coupled.store(lease.info.groups);
    group.fence.store(lease.info.fence);
  }
}

absl::StatusOr<LeaseGrant> LeaseTable::Acquire(const LeaseRequest& request) {
  const std::lock_guard lock(mutex_);
  Purge();
  const auto known = (GroupMask{1} << group_names_.size()) - 1;
  if (request.groups == 0 || (request.groups & ~known) != 0) {
    return Refuse(absl::StatusCode::kNotFound, "UNKNOWN_GROUP", "",
                  "the lease names no group of this robot", "Name at least one of its groups.");
  }
  if (request.lease_class > request.highest_allowed) {
    return Refuse(
        absl::StatusCode::kPermissionDenied, "LEASE_CLASS_TOO_HIGH", NamesOf(request.groups),
        "class " + std::string(LeaseClassName(request.lease_class)) +
            " is not allowed to who asks this way; the highest is " +
            std::string(LeaseClassName(request.highest_allowed)),
        "Connect through the Unix socket or as a paired admin, or ask for a lower class.");
  }
  const bool drives = request.lease_class != LeaseClass::kObserver;
  std::vector<std::uint64_t> displaced;
  for (const Lease& lease : leases_) {
    const LeaseInfo& info = lease.info;
    const GroupMask shared = info.groups & request.groups;
    if (!drives || info.lease_class == LeaseClass::kObserver || shared == 0) continue;
    const bool lower = info.lease_class < request.lease_class;
    if (lower && request.preempt) {
      displaced.push_back(info.fence);
      continue;
    }
    const std::string age_s = Tenths(clock_.Now() - info.since);
    const std::string class_name(LeaseClassName(info.lease_class));
    return Refuse(absl::StatusCode::kFailedPrecondition, "LEASE_HELD", NamesOf(shared),
                  NamesOf(shared) + " is leased by " + Holder(info.client_name, info.lease_class) +
                      " since " + age_s + " s",
                  lower ? "Wait for its release, or take it over with preempt."
                        : "Wait for its release, or ask the holder for it.",
                  {{"holder", info.client_name},
                   {"class", class_name},
                   {"lease_class", class_name},  // its first name
                   {"age_s", age_s},
                   {"purpose", info.purpose}});
  }
  const auto observes = [](const Lease& lease) {
    return lease.info.lease_class == LeaseClass::kObserver;
  };
  if (!drives && std::ranges::count_if(leases_, observes) >= kMaxObservers) {
    return Refuse(absl::StatusCode::kResourceExhausted, "TOO_MANY_LEASES", "",
                  "there are " + std::to_string(kMaxObservers) + " observers already",
                  "Release leases that are not needed; watching needs none.");
  }
  // 40 bits keep a guesser busy for longer than a lease lives, and leave room for 2^24 grants.
  last_fence_ += 1 + (RandomWord() >> 24U);
  Lease lease;
  lease.info = {.fence = last_fence_,
                .groups = request.groups,
                .lease_class = request.lease_class,
                .client_name = request.client_name.empty() ? "unnamed" : request.client_name,
                .purpose = request.purpose,
                .since = clock_.Now(),
                .until = {},
                .caller = request.caller,
                .paired_client = request.paired_client};
  lease.ttl =
      request.ttl <= Nanos::zero() ? kDefaultTtl : std::clamp(request.ttl, kMinTtl, kMaxTtl);
  lease.info.until = lease.info.since + lease.ttl;
  lease.token = Token();
  for (const std::uint64_t fence : displaced) {
    for (std::size_t i = 0; i < leases_.size(); ++i) {
      if (leases_[i].info.fence != fence) continue;
      End(i, LeaseEnd::kPreempted, lease.info.client_name, lease.info.lease_class);
      break;
    }
  }
  PublishGrant(lease);
  leases_.push_back(lease);
  if (watcher_) watcher_(lease.info, nullptr);
  return GrantOf(lease);
}

absl::Status LeaseTable::Missing(const LeaseRef& ref) const {
  if (ref.fence == 0) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "LEASE_MISSING", "",
                  "this call needs a lease and names none", "Acquire a lease and send it along.");
  }
  std::string message = "the lease is not known here; it may be of an earlier start";
  std::map<std::string, std::string> facts = {{"reason", "UNKNOWN"}};
  for (const Ending& ending : endings_) {
    if (ref.epoch != authority_.epoch || ending.fence != ref.fence) continue;
    const std::string ago_s = Tenths(clock_.Now() - ending.at);
    const std::string ago = ago_s + " s ago";
    facts = {{"reason", LeaseEndName(ending.end)}, {"ago_s", ago_s}};
    switch (ending.end) {
      case LeaseEnd::kReleased:
        message = "the lease was released " + ago;
        break;
      case LeaseEnd::kExpired:
        message = "the lease ran out " + ago + " because it was not renewed";
        break;
      case LeaseEnd::kPreempted:
        message = "the lease was taken over by " + Holder(ending.by, ending.by_class) + " " + ago;
        facts["by"] = ending.by;
        facts["by_class"] = std::string(LeaseClassName(ending.by_class));
        break;
      case LeaseEnd::kRevoked:
        message = "the lease was revoked " + ago + ": " + ending.by;
        break;
    }
  }
  return Refuse(absl::StatusCode::kFailedPrecondition, "LEASE_LOST", "", std::move(message),
                "Acquire a new lease.", std::move(facts));
}

absl::StatusOr<std::size_t> LeaseTable::Find(const LeaseRef& ref) const {
  Purge();
  for (std::size_t i = 0; i < leases_.size(); ++i) {
    if (ref.epoch != authority_.epoch || leases_[i].info.fence != ref.fence) continue;
    if (leases_[i].token == ref.token) return i;
    return Refuse(absl::StatusCode::kPermissionDenied, "LEASE_UNKNOWN", "",
                  "the token is not the one this lease was granted with",
                  "Send the lease exactly as AcquireLease returned it.");
  }
  return Missing(ref);
}

absl::StatusOr<LeaseGrant> LeaseTable::Renew(const LeaseRef& lease) {
  const std::lock_guard lock(mutex_);
  const absl::StatusOr<std::size_t> found = Find(lease);
  if (!found.ok()) return found.status();
  Lease& held = leases_[*found];
  held.info.until = clock_.Now() + held.ttl;
  PublishGrant(held);
  return GrantOf(held);
}

bool LeaseTable::HasEnded(const LeaseRef& ref) const {
  return ref.epoch == authority_.epoch && std::ranges::any_of(endings_, [&](const Ending& ending) {
           return ending.fence == ref.fence && ending.token == ref.token;
         });
}

absl::Status LeaseTable::Release(const LeaseRef& lease) {
  const std::lock_guard lock(mutex_);
  const absl::StatusOr<std::size_t> found = Find(lease);
  if (!found.ok()) {
    if (HasEnded(lease)) return absl::OkStatus();
    if (lease.fence == 0 || absl::IsPermissionDenied(found.status())) return found.status();
    return Refuse(
        absl::StatusCode::kPermissionDenied, "LEASE_UNKNOWN", "",
        "the lease was not granted here since the daemon started, or ended long ago",
        "Release it at the daemon that granted it; it has ended when that was restarted.");
  }
  End(*found, LeaseEnd::kReleased, {});
  return absl::OkStatus();
}

void LeaseTable::RevokeOf(std::string_view paired_client, const std::string& why) {
  if (paired_client.empty()) return;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = leases_.size(); i-- > 0;) {
    if (leases_[i].info.paired_client == paired_client) End(i, LeaseEnd::kRevoked, why);
  }
}

absl::Status LeaseTable::SetSpeedScale(const LeaseRef& lease, double scale) {
  const std::lock_guard lock(mutex_);
  if (absl::Status drives = CheckDrives(lease); !drives.ok()) return drives;
  for (std::size_t i = 0; i < group_names_.size(); ++i) {
    GroupAuthority& group = authority_.groups[i];
    if (group.fence.load() == lease.fence) group.speed_scale.store(scale);
  }
  return absl::OkStatus();
}

absl::Status LeaseTable::Check(GroupId group, const LeaseRef& lease) const {
  const std::lock_guard lock(mutex_);
  const absl::StatusOr<std::size_t> found = Find(lease);
  if (!found.ok()) return found.status();
  const LeaseInfo& info = leases_[*found].info;
  if (info.lease_class == LeaseClass::kObserver || (info.groups & MaskOfGroup(group)) == 0) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "LEASE_MISSING", group_names_[group],
                  "the lease does not let its holder drive " + group_names_[group],
                  "Acquire a lease on that group, of class AUTONOMY or higher.");
  }
  return absl::OkStatus();
}

absl::Status LeaseTable::Check(const LeaseRef& lease) const {
  const std::lock_guard lock(mutex_);
  return CheckDrives(lease);
}

absl::Status LeaseTable::CheckDrives(const LeaseRef& lease) const {
  const absl::StatusOr<std::size_t> found = Find(lease);
  if (!found.ok()) return found.status();
  if (leases_[*found].info.lease_class != LeaseClass::kObserver) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "LEASE_MISSING", "",
                "an observer's lease does not let its holder drive anything",
                "Acquire a lease of class AUTONOMY or higher.");
}

LeaseStanding LeaseTable::Judge(GroupId group, const LeaseRef& lease) const {
  const std::lock_guard lock(mutex_);
  Purge();
  if (lease.epoch != authority_.epoch) return LeaseStanding::kEnded;
  for (const Lease& held : leases_) {
    if (held.info.fence != lease.fence) continue;
    if (held.token != lease.token) return LeaseStanding::kWrongToken;
    const bool drives = held.info.lease_class != LeaseClass::kObserver &&
                        (held.info.groups & MaskOfGroup(group)) != 0;
    return drives ? LeaseStanding::kHolds : LeaseStanding::kNotGranted;
  }
  return LeaseStanding::kEnded;
}

std::vector<LeaseInfo> LeaseTable::List() const {
  const std::lock_guard lock(mutex_);
  Purge();
  std::vector<LeaseInfo> list;
  for (const Lease& lease : leases_) list.push_back(lease.info);
  return list;
}

std::optional<LeaseTable::Ending> LeaseTable::EndingOf(std::uint64_t fence) const {
  const std::lock_guard lock(mutex_);
  Purge();
  for (const Ending& ending : endings_) {
    if (ending.fence == fence) return ending;
  }
  return std::nullopt;
}

}  // namespace soarm::control
