#include "server/service/motion/motion_service.h"

#include <chrono>

#include "server/service/edge/answer.h"
#include "server/service/edge/durations.h"
#include "server/service/edge/groups.h"
#include "server/service/edge/joint_targets.h"
#include "server/service/edge/lease_ref.h"
#include "server/service/edge/waiting_call.h"
#include "server/service/motion/command_stream.h"
#include "server/service/motion/move_call.h"

namespace soarm {
namespace {

constexpr double kDefaultSpeed = 0.5;
constexpr Nanos kLongestMove = std::chrono::minutes(10);

absl::Status BadValue(std::string_view reason, std::string_view message, std::string_view fix) {
  return Refuse(absl::StatusCode::kInvalidArgument, reason, "", message, fix);
}

absl::StatusOr<MoveRequest> ReadMove(const Edge& edge, const v1::MoveToRequest& request) {
  const absl::StatusOr<LeaseRef> lease = LeaseOf(request);
  if (!lease.ok()) return lease.status();
  const absl::StatusOr<ResolvedTargets> targets = ResolveMove(edge.robot, edge.poses, request);
  if (!targets.ok()) return targets.status();
  MoveRequest move;
  move.bus = targets->group->bus;
  move.group = targets->group->group;
  move.lease = *lease;
  move.joints = targets->joints;
  move.target_rad = targets->value;
  move.speed_scale = request.speed_scale() == 0 ? kDefaultSpeed : request.speed_scale();
  if (!(move.speed_scale > 0 && move.speed_scale <= 1)) {
    return BadValue("BAD_SPEED_SCALE", "The speed scale is not within 0 to 1.",
                    "Give a speed_scale above 0 and up to 1.");
  }
  move.at_least = FromProto(request.duration());
  if (move.at_least < Nanos(0) || move.at_least > kLongestMove) {
    return BadValue("BAD_DURATION", "The duration is not within 0 to 10 minutes.",
                    "Give a duration of up to 10 minutes.");
  }
  return move;
}

}  // namespace

grpc::ServerUnaryReactor* MotionService::EnableTorque(grpc::CallbackServerContext* context,
                                                      const v1::EnableTorqueRequest* request,
                                                      v1::EnableTorqueResponse*) {
  return AnswerLater(
      edge_, context, *request, [&](Completion done) -> absl::StatusOr<std::uint64_t> {
        const absl::StatusOr<LeaseRef> lease = LeaseOf(*request);
        if (!lease.ok()) return lease.status();
        const auto group = FindGroupOrOnly(edge_.robot, request->group(), JointKind::kPosition);
        if (!group.ok()) return group.status();
        return edge_.robot.EnableTorque(**group, *lease, std::move(done));
      });
}

grpc::ServerUnaryReactor* MotionService::ReleaseTorque(grpc::CallbackServerContext* context,
                                                       const v1::ReleaseTorqueRequest* request,
                                                       v1::ReleaseTorqueResponse*) {
  return AnswerLater(
      edge_, context, *request, [&](Completion done) -> absl::StatusOr<std::uint64_t> {
        const absl::StatusOr<LeaseRef> lease = LeaseOf(*request);
        if (!lease.ok()) return lease.status();
        const auto group = FindGroupOrOnly(edge_.robot, request->group(), JointKind::kPosition);
        if (!group.ok()) return group.status();
        return edge_.robot.ReleaseTorque(**group, *lease, std::move(done));
      });
}

grpc::ServerUnaryReactor* MotionService::SetSpeedScale(grpc::CallbackServerContext* context,
                                                       const v1::SetSpeedScaleRequest* request,
                                                       v1::SetSpeedScaleResponse*) {
  return Answer(edge_, context, *request, [&] {
    const absl::StatusOr<LeaseRef> lease = LeaseOf(*request);
    if (!lease.ok()) return lease.status();
    if (!(request->scale() >= 0 && request->scale() <= 1)) {
      return BadValue("BAD_SPEED_SCALE", "The speed scale is not within 0 to 1.",
                      "Give a scale from 0 to 1.");
    }
    return edge_.robot.SetSpeedScale(*lease, request->scale());
  });
}

grpc::ServerWriteReactor<v1::MoveToProgress>* MotionService::MoveTo(
    grpc::CallbackServerContext* context, const v1::MoveToRequest* request) {
  MoveCall* call = nullptr;
  const absl::Status started = Admitted(edge_, *context, *request, [&] {
    const absl::StatusOr<MoveRequest> move = ReadMove(edge_, *request);
    if (move.ok()) call = MoveCall::Start(edge_, *move);
    return move.status();
  });
  if (!started.ok()) return new RefusedStream<v1::MoveToProgress>(started);
  return call;
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* MotionService::StreamCommands(
    grpc::CallbackServerContext* context) {
  absl::StatusOr<Caller> admitted = absl::UnknownError("not asked");
  const absl::Status status = Admitted(edge_, *context, v1::CommandFrame::default_instance(),
                                       [&admitted](const Caller& caller) {
                                         admitted = caller;
                                         return absl::OkStatus();
                                       });
  if (!status.ok()) admitted = status;
  return CommandStream::Start(edge_, admitted);
}

}  // namespace soarm
