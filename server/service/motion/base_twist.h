#pragma once

#include <array>
#include <string_view>

#include <absl/status/statusor.h>

#include "server/service/edge/joint_targets.h"

namespace soarm {

// Speeds of LeKiwi's wheels, rad/s: left, back, right. Each wheel drives along its own direction
// in the base's frame (x forward, y left); turning adds the same rim speed to all.
std::array<double, 3> WheelSpeeds(double linear_x_m_s, double linear_y_m_s, double angular_rad_s);

// The twist as wheel speeds. When a wheel would exceed its limit all are scaled down together, so
// that the base keeps its direction; what that changed is in `clips`.
//   INVALID_ARGUMENT  NOT_A_NUMBER, NOT_A_BASE, NO_SUCH_GROUP
absl::StatusOr<ResolvedTargets> ResolveTwist(const Robot& robot, std::string_view group,
                                             const v1::BaseTwist& twist);

}  // namespace soarm
