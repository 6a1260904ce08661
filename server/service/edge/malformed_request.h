#pragma once

#include <memory>
#include <string_view>

#include <absl/status/status.h>
#include <grpcpp/support/server_interceptor.h>

namespace soarm {

// INVALID_ARGUMENT MALFORMED_REQUEST: bytes that are no message of `type`, "soarm.v1.CommandFrame",
// or of the method's.
absl::Status Malformed(std::string_view type);

// Answers INVALID_ARGUMENT MALFORMED_REQUEST where gRPC answers a request that is no message of the
// method's type: it says UNIMPLEMENTED, as if there were no such method. Of the methods that see
// their requests as bytes nothing is touched.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
MakeMalformedRequestAnswers();

}  // namespace soarm
