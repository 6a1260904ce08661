#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

namespace soarm {

// A pose that `MoveTo` knows by name.
struct NamedPose {
  std::string group;
  std::string name;
  std::map<std::string, double> joints_rad;  // joints left out keep their goal
  bool configured = false;                   // by the configuration file: constant
};

// The poses that have names: those of the configuration, and those that operators saved.
//
// Threads  any.
class PoseStore {
 public:
  virtual ~PoseStore() = default;

  // By group, then name.
  virtual std::vector<NamedPose> List() const = 0;
  // Keeps `pose`, in place of a saved one of that name, beyond the end of the daemon.
  //   kFailedPrecondition  POSE_CONFIGURED: the configuration has one of that name
  //   kUnavailable         NOT_SAVED: the state directory cannot be written
  virtual absl::Status Save(const NamedPose& pose) = 0;
  //   kNotFound            UNKNOWN_POSE
  //   kFailedPrecondition  POSE_CONFIGURED
  //   kUnavailable         NOT_SAVED
  virtual absl::Status Delete(std::string_view group, std::string_view name) = 0;
};

}  // namespace soarm
