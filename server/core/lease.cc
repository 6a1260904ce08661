#include "server/core/lease.h"

namespace soarm {

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

}  // namespace soarm
