#include "server/service/edge/access_rules.h"

#include <optional>

#include "soarm/v1/access.pb.h"

namespace soarm {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// Not ours to write a rule into. What the health service tells, GetStatus does; reflection, which
// tells the contract, is gRPC's own and asks nobody.
constexpr char kHealth[] = "grpc.health.v1.Health";

ClientRole NeededFor(const MethodDescriptor& method) {
  if (method.service()->full_name() == kHealth) return ClientRole::kViewer;
  switch (method.options().GetExtension(v1::access)) {
    case v1::VIEWER:
      return ClientRole::kViewer;
    case v1::OPERATOR:
      return ClientRole::kOperator;
    case v1::ADMIN:
    default:  // the build refuses a method without a rule
      return ClientRole::kAdmin;
  }
}

}  // namespace

AccessRule RuleOf(const Descriptor& request) {
  std::optional<AccessRule> strictest;
  const FileDescriptor& file = *request.file();
  for (int i = 0; i < file.service_count(); ++i) {
    const ServiceDescriptor& service = *file.service(i);
    for (int j = 0; j < service.method_count(); ++j) {
      const MethodDescriptor& method = *service.method(j);
      if (method.input_type() != &request) continue;
      const ClientRole needed = NeededFor(method);
      if (!strictest || needed > strictest->needed) {
        strictest = AccessRule{method.full_name(), needed};
      }
    }
  }
  return strictest.value_or(AccessRule{request.full_name(), ClientRole::kAdmin});
}

}  // namespace soarm
