#include "server/service/safety_service.h"

#include <optional>
#include <string>
#include <vector>

#include "common/base/clean_text.h"
#include "common/log/log.h"
#include "server/service/answer.h"
#include "server/service/durations.h"
#include "server/service/groups.h"
#include "server/service/joint_targets.h"
#include "server/service/lease_ref.h"
#include "server/service/waiting_call.h"

namespace soarm {
namespace {

constexpr std::size_t kLongestReason = 256;

std::optional<StopLevel> ReadLevel(v1::StopRequest::Level level) {
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
  return std::nullopt;
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

// The stop comes before anything that could fail; nothing in the request refuses it.
grpc::ServerUnaryReactor* SafetyService::Stop(grpc::CallbackServerContext* context,
                                              const v1::StopRequest* request,
                                              v1::StopResponse* response) {
  const std::optional<StopLevel> asked = ReadLevel(request->level());
  std::vector<std::string> groups(request->groups().begin(), request->groups().end());
  if (!asked) groups.clear();
  const StopLevel level = asked.value_or(StopLevel::kHold);
  const std::string source = "rpc " + context->peer();
  const StopAnswer answer = edge_.robot.Stop(groups, level, request->reason(), source);
  const auto call = WaitingCall::Make(edge_);
  edge_.robot.WatchStop(groups, [=](const StopReport& report) {
    call->Answer([&] {
      response->set_stop_id(answer.id);
      if (!asked) {
        response->add_notes("There is no stop level " + std::to_string(request->level()) +
                            ": everything holds.");
      }
      for (const std::string& name : answer.unknown_groups) {
        response->add_unknown_groups(name);
        response->add_notes("There is no group " + Shown(name) + ": everything holds (stop " +
                            answer.held_id + ").");
      }
      for (const std::string& joint : report.not_reached) response->add_not_reached(joint);
      if (!report.kept.ok()) *response->mutable_not_kept() = ToErrorDetail(report.kept);
      return absl::OkStatus();
    });
  });
  ComponentLog("stop")->warn("stop {} by {}: {}", StopLevelName(level), source,
                             CleanText(request->reason(), kLongestReason));
  return call.get();
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
    const absl::Status kept = edge_.robot.StopsKept();
    if (!kept.ok()) *response->mutable_not_kept() = ToErrorDetail(kept);
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
