#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/robot_view.h"

namespace soarm::cli {

absl::Status RunPoseList(Session& session, const std::string& group) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  v1::ListPosesRequest request;
  request.set_group(group);
  const auto poses = (*connection)->Call(client::kListPoses, request, session.Within());
  if (!poses.ok()) return poses.status();
  if (session.output.json()) {
    session.output.Show(*poses);
  } else {
    session.output.Print(PoseTable(*poses));
  }
  return absl::OkStatus();
}

absl::Status RunPoseSave(Session& session, const std::string& name, const std::string& group) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  v1::SavePoseRequest request;
  request.set_name(name);
  request.set_group(group);
  const auto saved = (*connection)->Call(client::kSavePose, request, session.Within());
  if (!saved.ok()) return saved.status();
  if (session.output.json()) {
    session.output.Show(*saved);
    return absl::OkStatus();
  }
  v1::ListPosesResponse one;
  *one.add_poses() = saved->pose();
  session.output.Print(PoseTable(one));
  return absl::OkStatus();
}

absl::Status RunPoseDelete(Session& session, const std::string& name, const std::string& group) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  v1::DeletePoseRequest request;
  request.set_name(name);
  request.set_group(group);
  const auto deleted = (*connection)->Call(client::kDeletePose, request, session.Within());
  if (!deleted.ok()) return deleted.status();
  if (session.output.json()) {
    session.output.Show(*deleted);
  } else {
    session.output.Print("deleted: " + name + "\n");
  }
  return absl::OkStatus();
}

}  // namespace soarm::cli
