#include "server/service/safety_service.h"

#include "server/service/answer.h"
#include "server/service/durations.h"
#include "server/service/groups.h"
#include "server/service/joint_targets.h"
#include "server/service/lease_ref.h"
#include "server/service/text_check.h"
#include "server/service/waiting_call.h"

namespace soarm {
namespace {

absl::StatusOr<StopLevel> ReadLevel(v1::StopRequest::Level level) {
  switch (level) {
    case v1::StopRequest::LEVEL_UNSPECIFIED:
    case v1::StopRequest::HOLD:
      return StopLevel::kHold;
    case v1::StopRequest::SOFT_HOLD:
      return StopLevel::kSoftHold;
    case v1::StopRequest::RELEASE:
      return StopLevel::kRelease;
    case v1::StopRequest_Level_StopRequest_Level_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::StopRequest_Level_StopRequest_Level_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return Refuse(absl::StatusCode::kInvalidArgument, "UNKNOWN_STOP_LEVEL", "",
                "There is no stop level " + std::to_string(level) + ".",
                "Use HOLD, SOFT_HOLD or RELEASE.");
}

v1::StopRequest::Level WireLevel(StopLevel level) {
  switch (level) {
    case StopLevel::kNone:
      return v1::StopRequest::LEVEL_UNSPECIFIED;
    case StopLevel::kHold:
      return v1::StopRequest::HOLD;
    case StopLevel::kSoftHold:
      return v1::StopRequest::SOFT_HOLD;
    case StopLevel::kRelease:
      return v1::StopRequest::RELEASE;
  }
  return v1::StopRequest::LEVEL_UNSPECIFIED;
}

}  // namespace

grpc::ServerUnaryReactor* SafetyService::Stop(grpc::CallbackServerContext* context,
                                              const v1::StopRequest* request,
                                              v1::StopResponse* response) {
  return Answer(context, [&] {
    const absl::StatusOr<StopLevel> level = ReadLevel(request->level());
    if (!level.ok()) return level.status();
    for (const std::string& name : request->groups()) {
      const absl::StatusOr<const GroupInfo*> group = FindGroup(edge_.robot, name);
      if (!group.ok()) return group.status();
    }
    // A stop is not refused for its reason: what is too long is cut.
    const std::string reason = CutText(request->reason(), 256);
    const auto id = edge_.robot.Stop({request->groups().begin(), request->groups().end()}, *level,
                                     reason, "rpc " + context->peer());
    if (id.ok()) response->set_stop_id(*id);
    return id.status();
  });
}

grpc::ServerUnaryReactor* SafetyService::Clear(grpc::CallbackServerContext* context,
                                               const v1::ClearRequest* request,
                                               v1::ClearResponse* response) {
  return Answer(context, [&] {
    const auto cleared = edge_.robot.ClearStop(request->stop_id());
    if (!cleared.ok()) return cleared.status();
    for (const std::string& id : *cleared) response->add_cleared(id);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* SafetyService::ClearFault(grpc::CallbackServerContext*,
                                                    const v1::ClearFaultRequest* request,
                                                    v1::ClearFaultResponse*) {
  return AnswerLater(edge_, [&](Completion done) -> absl::StatusOr<std::uint64_t> {
    const absl::StatusOr<LeaseRef> lease = LeaseOf(*request);
    if (!lease.ok()) return lease.status();
    const auto joints = SelectJoints(edge_.robot, request->group(), request->joint());
    if (!joints.ok()) return joints.status();
    return edge_.robot.ClearFault(*joints->group, joints->joints, *lease, std::move(done));
  });
}

grpc::ServerUnaryReactor* SafetyService::GetSafety(grpc::CallbackServerContext* context,
                                                   const v1::GetSafetyRequest*,
                                                   v1::SafetyState* response) {
  return Answer(context, [&] {
    const MonoTime now = edge_.clock.Now();
    for (const StopAssertion& stop : edge_.robot.Stops()) {
      v1::StopAssertion& wire = *response->add_stops();
      wire.set_stop_id(stop.id);
      wire.set_level(WireLevel(stop.level));
      for (const std::string& group : stop.groups) wire.add_groups(group);
      wire.set_reason(stop.reason);
      wire.set_source(stop.source);
      *wire.mutable_age() = ToProto(now - stop.since);
    }
    return absl::OkStatus();
  });
}

}  // namespace soarm
