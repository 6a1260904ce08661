#pragma once

#include <absl/status/statusor.h>

#include "server/core/lease.h"
#include "server/service/edge/errors.h"
#include "soarm/v1/lease.pb.h"

namespace soarm {

inline LeaseRef FromProto(const v1::LeaseRef& lease) {
  return {lease.epoch(), lease.fence(), lease.token()};
}

// The lease that `request` names; FAILED_PRECONDITION LEASE_MISSING when it names none.
template <typename Request>
absl::StatusOr<LeaseRef> LeaseOf(const Request& request) {
  if (request.has_lease()) return FromProto(request.lease());
  return Refuse(absl::StatusCode::kFailedPrecondition, "LEASE_MISSING", "",
                "The request names no lease.", "Acquire a lease and send it along.");
}

}  // namespace soarm
