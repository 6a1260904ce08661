#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/server_context.h>

#include "server/core/audit.h"
#include "server/service/edge/caller.h"
#include "server/service/edge/entrance.h"

namespace soarm {

// The way in, and the only place that refuses a caller: who makes the call whose request is of that
// type, if it may. Answer(), AnswerLater(), Stop and whatever begins a stream ask it before
// anything else, and what it refuses is not done. What a client may is looked up at each call.
//   kUnauthenticated   CLIENT_UNKNOWN, CLIENT_REVOKED
//   kPermissionDenied  ROLE_TOO_LOW; see access_rules.h
//   kUnavailable       LINK_STALLED, of what waits when it may be late (access.proto)
//   kCancelled         likewise: its caller has given it up already
//
// The only thing here that reads gRPC's word for who calls.
absl::StatusOr<Caller> Admit(const Entrance& entrance, const grpc::CallbackServerContext& context,
                             const google::protobuf::Descriptor& request);

// Tells the audit what became of a call that was admitted, unless it only reads. Of `more` it takes
// the facts, and whether it is grave.
void NoteOutcome(const Entrance& entrance, const Caller& caller,
                 const google::protobuf::Descriptor& request, const absl::Status& outcome,
                 AuditEvent more = {});

}  // namespace soarm
