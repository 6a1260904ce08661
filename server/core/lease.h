#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/time/clock.h"

namespace soarm {

// Who outranks whom; see proto/soarm/v1/lease.proto. An observer's lease grants nothing and
// excludes nobody.
enum class LeaseClass : std::uint8_t { kObserver = 1, kAutonomy, kTeleop, kSupervisor };
// "OBSERVER", "AUTONOMY", ...
std::string_view LeaseClassName(LeaseClass lease_class);

// What a client shows to prove that a lease is its own. The token is the secret; epoch and fence
// are what the tick compares.
struct LeaseRef {
  std::uint64_t epoch = 0;
  std::uint64_t fence = 0;
  std::string token;  // text
};

// How a lease stands to a group that its holder wants to drive.
enum class LeaseStanding : std::uint8_t {
  kHolds,
  kEnded,       // not the current one: over, or never granted
  kWrongToken,  // somebody else's
  kNotGranted,  // an observer's, or on other groups
};

// What follows is as clients say and see it: with names of groups, which may be unknown, and times
// that are left. control/lease.h has the same in the ticks' numbers and on their clock.
struct LeaseRequest {
  std::vector<std::string> groups;  // empty: every group that may be driven
  LeaseClass lease_class = LeaseClass::kTeleop;
  LeaseClass highest_allowed = LeaseClass::kTeleop;  // what the caller's listener allows
  bool preempt = false;
  std::string client_name;
  std::string purpose;
  Nanos ttl{0};                    // 0: the default
  std::string caller = {};         // who asks, as Caller::connection() has it
  std::string paired_client = {};  // the name of its pairing; empty: it came in otherwise
};

struct Lease {
  LeaseRef ref;
  Nanos granted_ttl{0};
  std::vector<std::string> groups;
};

struct LeaseInfo {
  std::vector<std::string> groups;
  LeaseClass lease_class = LeaseClass::kTeleop;
  std::string client_name;
  std::string purpose;
  Nanos age{0};
  Nanos expires_in{0};
  std::uint64_t fence = 0;
};

}  // namespace soarm
