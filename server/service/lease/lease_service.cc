#include "server/service/lease/lease_service.h"

#include "common/base/clean_text.h"
#include "server/service/edge/answer.h"
#include "server/service/edge/durations.h"
#include "server/service/edge/groups.h"
#include "server/service/edge/lease_ref.h"
#include "server/service/edge/text_check.h"

namespace soarm {
namespace {

constexpr std::size_t kLongestText = 256;

absl::StatusOr<LeaseClass> ReadClass(v1::LeaseClass lease_class) {
  switch (lease_class) {
    case v1::OBSERVER:
      return LeaseClass::kObserver;
    case v1::AUTONOMY:
      return LeaseClass::kAutonomy;
    case v1::LEASE_CLASS_UNSPECIFIED:
    case v1::TELEOP:
      return LeaseClass::kTeleop;
    case v1::SUPERVISOR:
      return LeaseClass::kSupervisor;
    case v1::LeaseClass_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::LeaseClass_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return Refuse(absl::StatusCode::kInvalidArgument, "UNKNOWN_LEASE_CLASS", "",
                "There is no lease class " + std::to_string(lease_class) + ".",
                "Use OBSERVER, AUTONOMY, TELEOP or SUPERVISOR.");
}

v1::LeaseClass WireClass(LeaseClass lease_class) {
  switch (lease_class) {
    case LeaseClass::kObserver:
      return v1::OBSERVER;
    case LeaseClass::kAutonomy:
      return v1::AUTONOMY;
    case LeaseClass::kTeleop:
      return v1::TELEOP;
    case LeaseClass::kSupervisor:
      return v1::SUPERVISOR;
  }
  return v1::LEASE_CLASS_UNSPECIFIED;
}

absl::StatusOr<LeaseRequest> ReadRequest(const Robot& robot, const Caller& caller,
                                         const v1::AcquireLeaseRequest& wire) {
  if (!HasShown(wire.client_name())) {
    return Refuse(absl::StatusCode::kInvalidArgument, "CLIENT_NAME_MISSING", "",
                  "The request does not say who asks.",
                  "Set client_name, e.g. \"policy@gpu-box\".");
  }
  for (const absl::Status& text :
       {CheckText("client_name", wire.client_name()), CheckText("purpose", wire.purpose())}) {
    if (!text.ok()) return text;
  }
  const absl::StatusOr<LeaseClass> lease_class = ReadClass(wire.lease_class());
  if (!lease_class.ok()) return lease_class.status();
  for (const std::string& name : wire.groups()) {
    const absl::StatusOr<const GroupInfo*> group = FindGroup(robot, name);
    if (!group.ok()) return group.status();
  }
  LeaseRequest request;
  request.groups.assign(wire.groups().begin(), wire.groups().end());
  request.lease_class = *lease_class;
  request.highest_allowed = caller.highest_lease_class();
  request.preempt = wire.preempt();
  // Both are shown on other people's terminals.
  request.client_name = CleanText(wire.client_name(), kLongestText);
  request.purpose = CleanText(wire.purpose(), kLongestText);
  request.ttl = FromProto(wire.ttl());
  request.caller = caller.connection();
  request.paired_client = caller.client_name().value_or("");
  if (request.ttl < Nanos(0)) {
    return Refuse(absl::StatusCode::kInvalidArgument, "BAD_TTL", "", "The ttl is negative.",
                  "Send a ttl of 0.1 to 60 s, or none for 2 s.");
  }
  return request;
}

}  // namespace

grpc::ServerUnaryReactor* LeaseService::AcquireLease(grpc::CallbackServerContext* context,
                                                     const v1::AcquireLeaseRequest* request,
                                                     v1::AcquireLeaseResponse* response) {
  return Answer(edge_, context, *request, [&](const Caller& caller) {
    const auto wanted = ReadRequest(edge_.robot, caller, *request);
    if (!wanted.ok()) return wanted.status();
    const absl::StatusOr<Lease> lease = edge_.robot.AcquireLease(*wanted);
    if (!lease.ok()) return lease.status();
    response->mutable_lease()->set_epoch(lease->ref.epoch);
    response->mutable_lease()->set_fence(lease->ref.fence);
    response->mutable_lease()->set_token(lease->ref.token);
    *response->mutable_granted_ttl() = ToProto(lease->granted_ttl);
    for (const std::string& group : lease->groups) response->add_groups(group);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* LeaseService::RenewLease(grpc::CallbackServerContext* context,
                                                   const v1::RenewLeaseRequest* request,
                                                   v1::RenewLeaseResponse* response) {
  return Answer(edge_, context, *request, [&] {
    const absl::StatusOr<LeaseRef> lease = LeaseOf(*request);
    if (!lease.ok()) return lease.status();
    const absl::StatusOr<Nanos> ttl = edge_.robot.RenewLease(*lease);
    if (ttl.ok()) *response->mutable_granted_ttl() = ToProto(*ttl);
    return ttl.status();
  });
}

grpc::ServerUnaryReactor* LeaseService::ReleaseLease(grpc::CallbackServerContext* context,
                                                     const v1::ReleaseLeaseRequest* request,
                                                     v1::ReleaseLeaseResponse*) {
  return Answer(edge_, context, *request, [&] {
    const absl::StatusOr<LeaseRef> lease = LeaseOf(*request);
    return lease.ok() ? edge_.robot.ReleaseLease(*lease) : lease.status();
  });
}

grpc::ServerUnaryReactor* LeaseService::ListLeases(grpc::CallbackServerContext* context,
                                                   const v1::ListLeasesRequest* request,
                                                   v1::ListLeasesResponse* response) {
  return Answer(edge_, context, *request, [&] {
    for (const LeaseInfo& lease : edge_.robot.ListLeases()) {
      v1::LeaseInfo& wire = *response->add_leases();
      for (const std::string& group : lease.groups) wire.add_groups(group);
      wire.set_lease_class(WireClass(lease.lease_class));
      wire.set_client_name(lease.client_name);
      wire.set_purpose(lease.purpose);
      *wire.mutable_age() = ToProto(lease.age);
      *wire.mutable_expires_in() = ToProto(lease.expires_in);
      wire.set_fence(lease.fence);
    }
    return absl::OkStatus();
  });
}

}  // namespace soarm
