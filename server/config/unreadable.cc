#include "server/config/unreadable.h"

#include "common/base/problem.h"

namespace soarm {

absl::Status Unreadable(const std::string& holds, const std::string& path, const std::string& what,
                        const std::string& fix) {
  return Refuse(absl::StatusCode::kFailedPrecondition, "BAD_STATE_FILE", path,
                holds + " in " + path + " cannot be read: " + what + ".", fix);
}

}  // namespace soarm
