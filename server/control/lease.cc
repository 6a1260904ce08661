#include "server/control/lease.h"

namespace soarm::control {

std::string_view LeaseClassName(LeaseClass lease_class) {
  switch (lease_class) {
    case LeaseClass::kObserver:
      return "OBSERVER";
    case LeaseClass::kAutonomy:
      return "AUTONOMY";
    case LeaseClass::kTeleop:
      return "TELEOP";
    case LeaseClass::kSupervisor:
      return "SUPERVISOR";
  }
  return "OBSERVER";
}

std::string_view LeaseEndName(LeaseEnd end) {
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

}  // namespace soarm::control
