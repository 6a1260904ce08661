#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>

#include "server/core/client_role.h"
#include "server/core/when_late.h"

namespace soarm {

// What a call needs.
struct AccessRule {
  std::string method;  // "soarm.v1.MotionService.MoveTo"
  ClientRole needed = ClientRole::kAdmin;
  WhenLate when_late = WhenLate::kWaits;
};

// The rule of the method that takes `request`, as its descriptor has it (access.proto); where
// several do, that of the strictest. A request of no method is an admin's. This is the only place
// that reads rules, and has those of services whose contract is not ours.
//
// gRPC does not tell a handler its method, so it is found by its request. That looks at the
// services of one file, those beside the request.
AccessRule RuleOf(const google::protobuf::Descriptor& request);
// Of the method that a call names by `path`; see LateRule.
WhenLate LatenessOf(std::string_view path);

}  // namespace soarm
