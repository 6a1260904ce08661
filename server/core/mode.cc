#include "server/core/mode.h"

namespace soarm {

std::string_view ModeName(Mode mode) {
  switch (mode) {
    case Mode::kUnknown:
      return "UNKNOWN";
    case Mode::kLimp:
      return "LIMP";
    case Mode::kHold:
      return "HOLD";
    case Mode::kSoftHold:
      return "SOFT_HOLD";
    case Mode::kFollow:
      return "FOLLOW";
    case Mode::kMove:
      return "MOVE";
  }
  return "UNKNOWN";
}

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kUnknown:
      return "UNKNOWN";
    case Role::kFollower:
      return "FOLLOWER";
    case Role::kLeader:
      return "LEADER";
    case Role::kLeaderActuated:
      return "LEADER_ACTUATED";
    case Role::kBase:
      return "BASE";
  }
  return "UNKNOWN";
}

}  // namespace soarm
