#include "server/service/edge/malformed_request.h"

#include <string>
#include <string_view>

#include <grpcpp/support/interceptor.h>

#include "server/service/edge/errors.h"

namespace soarm {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

class MalformedRequestAnswer final : public grpc::experimental::Interceptor {
 public:
  explicit MalformedRequestAnswer(std::string_view method) : method_(method) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      const grpc::Status status = methods->GetSendStatus();
      // No handler of ours says that, and none ends without a message.
      if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED &&
          status.error_message().empty()) {
        methods->ModifySendStatus(ToGrpc(Malformed(method_)));
      }
    }
    methods->Proceed();
  }

 private:
  const std::string method_;
};

class MalformedRequestAnswers final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateServerInterceptor(ServerRpcInfo* call) override {
    // Not WatchState, which has many messages and looks at its request itself; nor what has more
    // requests than one, whose handler does.
    const bool has_one_request = call->type() == ServerRpcInfo::Type::UNARY ||
                                 call->type() == ServerRpcInfo::Type::SERVER_STREAMING;
    const std::string_view method = call->method();
    if (!has_one_request || method.ends_with("/WatchState")) return nullptr;
    return new MalformedRequestAnswer(method);  // gRPC owns it
  }
};

}  // namespace

absl::Status Malformed(std::string_view type) {
  return Refuse(absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST", "",
                "The request is no message of " + std::string(type) + ".",
                "Use the .proto files of this daemon's version; texts are UTF-8.");
}

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
MakeMalformedRequestAnswers() {
  return std::make_unique<MalformedRequestAnswers>();
}

}  // namespace soarm
