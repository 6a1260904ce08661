#include "server/service/safety/safety_service.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/clean_text.h"
#include "common/log/log.h"
#include "server/service/edge/answer.h"
#include "server/service/edge/durations.h"
#include "server/service/edge/groups.h"
#include "server/service/edge/joint_targets.h"
#include "server/service/edge/lease_ref.h"
#include "server/service/edge/raw_message.h"
#include "server/service/edge/text_check.h"
#include "server/service/edge/waiting_call.h"
#include "server/service/safety/stop_request.h"

namespace soarm {
namespace {

constexpr std::size_t kLongestName = 256;

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

// The stop comes before anything that could fail; nothing in the request refuses it, and of callers
// only who is not paired, or not any more.
grpc::ServerUnaryReactor* SafetyService::Stop(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) {
  // gRPC calls this as well for a caller who went away, and has thrown the request away by then.
  const absl::StatusOr<Caller> caller = Admit(edge_, *context, *v1::StopRequest::descriptor());
  const auto call = WaitingCall::Make(edge_);
  if (!caller.ok()) {
    call->Answer([&] { return caller.status(); });
    return call.get();
  }
  const StopAsked asked = request->Valid() ? ReadStopRequest(BytesOf(*request)) : LostStopRequest();
  // A client that stops once a second with a connection each time is one source.
  const std::string source = "rpc " + caller->host();
  const StopAnswer answer = edge_.robot.Stop(asked.groups, asked.level, asked.reason, source);
  edge_.robot.WatchStop(asked.groups, [=](const StopReport& report) {
    call->Answer([&] {
      v1::StopResponse wire;
      wire.set_stop_id(answer.id);
      for (const std::string& note : asked.notes) wire.add_notes(note);
      for (const std::string& name : answer.unknown_groups) {
        const std::string shown = CleanText(name, kLongestName);
        wire.add_unknown_groups(shown);
        wire.add_notes("There is no group " + Shown(shown) + ": everything holds (stop " +
                       answer.held_id + ").");
      }
      for (const std::string& joint : report.not_reached) wire.add_not_reached(joint);
      if (!report.kept.ok()) *wire.mutable_not_kept() = ToErrorDetail(report.kept);
      *response = ToBuffer(wire);
      return absl::OkStatus();
    });
  });
  ComponentLog("stop")->warn("stop {} by rpc {}: {}", StopLevelName(asked.level),
                             caller->connection(), asked.reason);
  return call.get();
}

grpc::ServerUnaryReactor* SafetyService::Clear(grpc::CallbackServerContext* context,
                                               const v1::ClearRequest* request,
                                               v1::ClearResponse* response) {
  const auto call = WaitingCall::Make(edge_);
  const absl::Status begun = Admitted(edge_, *context, *request, [&] {
    if (absl::Status bad = CheckText("stop_id", request->stop_id()); !bad.ok()) return bad;
    return edge_.robot.ClearStop(request->stop_id(), [=](const ClearReport& report) {
      call->Answer([&] {
        for (const std::string& id : report.cleared) response->add_cleared(id);
        if (!report.kept.ok()) *response->mutable_not_kept() = ToErrorDetail(report.kept);
        return absl::OkStatus();
      });
    });
  });
  if (!begun.ok()) call->Answer([&] { return begun; });
  return call.get();
}

grpc::ServerUnaryReactor* SafetyService::ClearFault(grpc::CallbackServerContext* context,
                                                    const v1::ClearFaultRequest* request,
                                                    v1::ClearFaultResponse*) {
  return AnswerLater(
      edge_, context, *request, [&](Completion done) -> absl::StatusOr<std::uint64_t> {
        const absl::StatusOr<LeaseRef> lease = LeaseOf(*request);
        if (!lease.ok()) return lease.status();
        const auto joints = SelectJoints(edge_.robot, request->group(), request->joint());
        if (!joints.ok()) return joints.status();
        return edge_.robot.ClearFault(*joints->group, joints->joints, *lease, std::move(done));
      });
}

grpc::ServerUnaryReactor* SafetyService::GetSafety(grpc::CallbackServerContext* context,
                                                   const v1::GetSafetyRequest* request,
                                                   v1::SafetyState* response) {
  return Answer(edge_, context, *request, [&] {
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
      *wire.mutable_age() = ToProto(std::max(now - stop.since, Nanos::zero()));
    }
    return absl::OkStatus();
  });
}

}  // namespace soarm
