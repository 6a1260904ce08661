#include "server/core/stop.h"

namespace soarm {

std::string_view StopLevelName(StopLevel level) {
  switch (level) {
    case StopLevel::kNone:
      return "NONE";
    case StopLevel::kHold:
      return "HOLD";
    case StopLevel::kSoftHold:
      return "SOFT_HOLD";
    case StopLevel::kRelease:
      return "RELEASE";
  }
  return "NONE";
}

}  // namespace soarm
