// The one arm that the scripted daemon has unless it is told otherwise.

#include "tests/component/cli/fake_daemon.h"

namespace soarm::test {
namespace {

constexpr const char* kJoints[] = {"shoulder_pan", "shoulder_lift", "elbow_flex",
                                   "wrist_flex",   "wrist_roll",    "gripper"};

}  // namespace

v1::RobotDescription FakeDaemon::OneArm() {
  v1::RobotDescription description;
  v1::GroupDescription& group = *description.add_groups();
  group.set_name("arm");
  group.set_bus("arm");
  group.set_role(v1::FOLLOWER);
  for (const char* name : kJoints) {
    v1::JointDescription& joint = *group.add_joints();
    joint.set_name(name);
    joint.set_lower_limit_rad(-1.5);
    joint.set_upper_limit_rad(1.5);
  }
  return description;
}

v1::StateFrame FakeDaemon::AtRest() {
  v1::StateFrame frame;
  frame.set_seq(1);
  frame.set_sampled_ns(1'500'000'000);
  v1::GroupState& group = *frame.add_groups();
  group.set_name("arm");
  group.set_mode(v1::HOLD);
  for (const char* name : kJoints) {
    v1::JointState& joint = *group.add_joints();
    joint.set_name(name);
    joint.set_position_rad(0.5);
    joint.set_position_raw(2374);
    joint.set_applied_rad(0.5);
    joint.set_applied_raw(2374);
    joint.set_torque_on(true);
    joint.set_voltage_v(12.1);
  }
  return frame;
}

}  // namespace soarm::test
