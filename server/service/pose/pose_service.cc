#include "server/service/pose/pose_service.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/clean_text.h"
#include "common/base/name_rule.h"
#include "server/service/edge/answer.h"
#include "server/service/edge/groups.h"
#include "server/service/edge/joint_targets.h"
#include "server/service/edge/robot_view.h"
#include "server/service/edge/text_check.h"
#include "server/service/edge/waiting_call.h"

namespace soarm {
namespace {

// Saved to a thousandth of a servo tick; more digits would only be noise in the file.
constexpr double kResolution_rad = 1e-6;

void Fill(const NamedPose& pose, v1::Pose& wire) {
  wire.set_group(pose.group);
  wire.set_name(pose.name);
  wire.set_configured(pose.configured);
  for (const auto& [joint, rad] : pose.joints_rad) (*wire.mutable_joints_rad())[joint] = rad;
}

absl::StatusOr<NamedPose> WhereItIs(const Edge& edge, const GroupInfo& group) {
  NamedPose pose;
  pose.group = group.name;
  const BusState state = edge.robot.State(group.bus);
  const BusDescription description = edge.robot.Description(group.bus);
  const std::span<const JointLimits> limits = edge.robot.Limits(group.bus);
  for (std::size_t i = 0; i < description.joints.size(); ++i) {
    if ((group.joints & MaskOf(i)) == 0) continue;
    const JointModel& joint = description.joints[i];
    const bool known = state.open && i < state.joints.size();
    if (!known || state.joints[i].sample.misses > 0) {
      return Refuse(absl::StatusCode::kFailedPrecondition, "JOINT_STALE",
                    group.name + "/" + std::string(joint.name.view()),
                    std::string(joint.name.view()) + " does not answer, so the pose is not known.",
                    "Look at `soarm state`, and save again when all joints are fresh.");
    }
    const JointRange range = AllowedRange(joint, limits[i]);
    const double at =
        std::clamp(state.joints[i].sample.position_rad, range.lower_rad, range.upper_rad);
    pose.joints_rad[std::string(joint.name.view())] = std::clamp(
        std::round(at / kResolution_rad) * kResolution_rad, range.lower_rad, range.upper_rad);
  }
  return pose;
}

}  // namespace

grpc::ServerUnaryReactor* PoseService::List(grpc::CallbackServerContext* context,
                                            const v1::ListPosesRequest* request,
                                            v1::ListPosesResponse* response) {
  return Answer(edge_, context, *request, [&] {
    const auto groups = SelectGroups(edge_.robot, request->group());
    if (!groups.ok()) return groups.status();
    for (const NamedPose& pose : edge_.poses.List()) {
      const auto wanted = [&](const GroupInfo* group) { return group->name == pose.group; };
      if (std::ranges::any_of(*groups, wanted)) Fill(pose, *response->add_poses());
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* PoseService::Save(grpc::CallbackServerContext* context,
                                            const v1::SavePoseRequest* request,
                                            v1::SavePoseResponse* response) {
  return AnswerLater(
      edge_, context, *request, [&](Completion done) -> absl::StatusOr<std::uint64_t> {
        if (!IsName(request->name())) {
          return Refuse(absl::StatusCode::kInvalidArgument, "BAD_POSE_NAME", "",
                        Shown(request->name()) + " is no name for a pose.",
                        "Use up to 31 of a-z, 0-9 and _, starting with a letter.");
        }
        const auto group = FindGroupOrOnly(edge_.robot, request->group(), JointKind::kPosition);
        if (!group.ok()) return group.status();
        if ((*group)->kind != JointKind::kPosition) {
          return Refuse(absl::StatusCode::kInvalidArgument, "WRONG_GROUP_KIND", (*group)->name,
                        "Group " + (*group)->name + " has wheels, whose places mean nothing.",
                        "Save poses of arms.");
        }
        absl::StatusOr<NamedPose> pose = WhereItIs(edge_, **group);
        if (!pose.ok()) return pose.status();
        pose->name = request->name();
        Fill(*pose, *response->mutable_pose());
        return Write([&poses = edge_.poses, pose = *pose] { return poses.Save(pose); },
                     std::move(done));
      });
}

grpc::ServerUnaryReactor* PoseService::Delete(grpc::CallbackServerContext* context,
                                              const v1::DeletePoseRequest* request,
                                              v1::DeletePoseResponse*) {
  return AnswerLater(
      edge_, context, *request, [&](Completion done) -> absl::StatusOr<std::uint64_t> {
        if (absl::Status bad = CheckText("name", request->name()); !bad.ok()) return bad;
        const auto group = FindGroupOrOnly(edge_.robot, request->group(), JointKind::kPosition);
        if (!group.ok()) return group.status();
        return Write([&poses = edge_.poses, group = (*group)->name,
                      name = request->name()] { return poses.Delete(group, name); },
                     std::move(done));
      });
}

absl::StatusOr<std::uint64_t> PoseService::Write(std::function<absl::Status()> write,
                                                 Completion done) {
  const absl::Status taken =
      disk_.Post([write = std::move(write), done = std::move(done)] { done(Walled(write)); });
  constexpr std::uint64_t kNoOperation = 0;
  if (!taken.ok()) return taken;
  return kNoOperation;
}

}  // namespace soarm
