#include "server/service/edge/access_rules.h"

#include <algorithm>
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

WhenLate LatenessOf(const MethodDescriptor& method) {
  switch (method.options().GetExtension(v1::when_late)) {
    case v1::LATE_DONE_AT_ONCE:
      return WhenLate::kDoneAtOnce;
    case v1::LATE_DONE:
      return WhenLate::kDone;
    case v1::LATE_WAITS:
    default:
      return NeededFor(method) == ClientRole::kViewer ? WhenLate::kDone : WhenLate::kWaits;
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
        strictest = AccessRule{method.full_name(), needed, LatenessOf(method)};
      }
    }
  }
  return strictest.value_or(AccessRule{.method = request.full_name()});
}

// What no descriptor names is nothing that could be done.
WhenLate LatenessOf(std::string_view path) {
  std::string name(path.substr(path.empty() ? 0 : 1));
  std::replace(name.begin(), name.end(), '/', '.');
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  return method == nullptr ? WhenLate::kDone : LatenessOf(*method);
}

}  // namespace soarm
