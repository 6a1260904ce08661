#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "soarm/v1/robot.pb.h"

namespace soarm::cli {

// The group a command is about: `asked` if it exists, else the only arm that may be driven.
//   kNotFound UNKNOWN_GROUP, kInvalidArgument GROUP_NEEDED  the message lists the groups there are
absl::StatusOr<std::string> ChooseGroup(const v1::RobotDescription& description,
                                        const std::string& asked);

// Whether `word` is the name of a group, and of no joint.
bool NamesGroup(const v1::RobotDescription& description, const std::string& word);

//   kFailedPrecondition READ_ONLY_GROUP  the group's role lets nobody drive it
absl::Status CheckDriven(const v1::RobotDescription& description, const std::string& name);

// The group that `joint` belongs to: `asked` if named, else the only one that has such a joint and
// may be driven.
//   kNotFound UNKNOWN_GROUP, kInvalidArgument UNKNOWN_JOINT, GROUP_NEEDED  the message lists the
//   choices
absl::StatusOr<std::string> ChooseGroupOfJoint(const v1::RobotDescription& description,
                                               const std::string& asked, const std::string& joint);

}  // namespace soarm::cli
