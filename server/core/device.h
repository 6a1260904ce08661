#pragma once

#include <string>
#include <vector>

#include <absl/status/status.h>

#include "common/base/problem.h"
#include "common/time/clock.h"

namespace soarm {

// A part of the robot that may be away or fail by itself, as people see it: a servo bus. What all
// of them have in common is here, so that health, faults and the status line know no kind of them.
struct DeviceInfo {
  std::string name;   // "bus/arm": its name for health, and the subject of its faults
  std::string place;  // "/dev/ttyACM0"
  bool open = false;
  MonoTime alive_at{};         // when its thread last did its work, also in vain; epoch: never
  absl::Status open_error;     // why it is not open; OK while it is
  std::vector<Problem> notes;  // what is wrong with it all the same, while it is open
};

}  // namespace soarm
