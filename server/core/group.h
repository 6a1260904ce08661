#pragma once

#include <cstddef>
#include <string>

#include "server/core/joint.h"
#include "server/core/mode.h"

namespace soarm {

// A group and where it lives. Constant while the daemon runs.
struct GroupInfo {
  std::string name;
  std::string bus_name;
  std::size_t bus = 0;    // index of its bus
  std::size_t group = 0;  // index within BusState::groups
  JointKind kind = JointKind::kPosition;
  Role role = Role::kUnknown;
  JointMask joints = 0;  // in the bus's joint list
};

}  // namespace soarm
