#include "server/control/stop_reach.h"

namespace soarm::control {

JointMask NotReached(const BusState& state, JointMask joints, MonoTime since) {
  if (!state.open) return joints;
  JointMask mask = 0;
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if ((joints & MaskOf(i)) == 0) continue;
    if (i >= state.joints.size()) {
      mask |= MaskOf(i);
      continue;
    }
    const JointSample& sample = state.joints[i].sample;
    const bool never_read = sample.sampled_at == MonoTime{};
    const bool silent = sample.sampled_at <= since && (sample.torque_on || never_read);
    if (silent || sample.faults.Has(Fault::kStopUnconfirmed)) mask |= MaskOf(i);
  }
  return mask;
}

JointMask EnergisedJoints(const BusState& state, JointMask joints) {
  JointMask mask = 0;
  for (std::size_t i = 0; i < state.joints.size() && state.open; ++i) {
    if (state.joints[i].sample.torque_on) mask |= joints & MaskOf(i);
  }
  return mask;
}

JointMask DrivenJoints(const RobotModel& model) {
  JointMask mask = 0;
  for (const GroupModel& group : model.groups) {
    if (IsWritable(group.role)) mask |= group.joints;
  }
  return mask;
}

}  // namespace soarm::control
