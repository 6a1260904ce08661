#pragma once

#include <cstdint>
#include <functional>

#include <absl/status/status.h>

namespace soarm {

// What day the robot takes it for, in seconds since 1970. A computer without a battery for its
// clock starts in 1970, or on the day that it was switched off, until the network tells it better.
using RobotClock = std::function<std::int64_t()>;
std::int64_t ReadRobotClock();

// `now_s`, or the first or last day that there can be a certificate of a robot's, if that is nearer
// to the truth: what is issued by it holds today.
std::int64_t LikelyDate(std::int64_t now_s);

// Whether it can be that day.
//   kFailedPrecondition  CLOCK_WRONG
absl::Status CheckRobotClock(std::int64_t now_s);

}  // namespace soarm
