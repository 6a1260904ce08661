#pragma once

#include <span>

#include "server/core/joint.h"
#include "server/servo/feetech/servo_state.h"

namespace soarm::servo::feetech {

// Completes the samples with what the driver knows beside the feedback: faults, torque, goals and
// whether goals reach the joint. The spans are in bus order and of one length.
void PublishSamples(std::span<const JointModel> joints, std::span<const ServoState> servos,
                    std::span<JointSample> samples, MonoTime now) noexcept;

}  // namespace soarm::servo::feetech
