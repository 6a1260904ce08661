#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/time/clock.h"
#include "server/control/authority.h"
#include "server/core/lease.h"

namespace soarm::control {

// What follows is as the lease table decides on it: groups are the bits that the ticks' authority
// words are about, all of them known, and times are of the clock that ticks read.
// server/core/lease.h has the same as clients say and see it, with names and times that are left;
// RobotRuntime turns the one into the other.
struct LeaseRequest {
  GroupMask groups = 0;  // all or none of them are granted
  LeaseClass lease_class = LeaseClass::kTeleop;
  LeaseClass highest_allowed = LeaseClass::kTeleop;  // by the listener the call came through
  bool preempt = false;  // take it from a lower class; never implied by the class
  std::string client_name;
  std::string purpose;
  Nanos ttl{};                     // 0: the default
  std::string caller = {};         // who asks, for the audit
  std::string paired_client = {};  // the name of its pairing; empty: it came in otherwise
};

struct LeaseGrant {
  LeaseRef lease;
  GroupMask groups = 0;
  Nanos ttl{};  // as granted
  MonoTime until{};
};

// A lease as others may see it: without its token.
struct LeaseInfo {
  std::uint64_t fence = 0;
  GroupMask groups = 0;
  LeaseClass lease_class = LeaseClass::kTeleop;
  std::string client_name;
  std::string purpose;
  MonoTime since{};
  MonoTime until{};
  std::string caller = {};
  std::string paired_client = {};
};

enum class LeaseEnd : std::uint8_t { kReleased, kExpired, kPreempted, kRevoked };
std::string LeaseEndName(LeaseEnd end);  // "RELEASED", "EXPIRED", ...

}  // namespace soarm::control
