#pragma once

#include <utility>

#include <grpcpp/support/server_callback.h>

#include "server/service/edge/errors.h"

namespace soarm {

// Answers a unary call with what `work` returns (an absl::Status).
template <typename Work>
grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, Work&& work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(Walled(std::forward<Work>(work))));
  return reactor;
}

// A server stream that ends with `status` before its first message.
template <typename Message>
class RefusedStream final : public grpc::ServerWriteReactor<Message> {
 public:
  explicit RefusedStream(const absl::Status& status) { this->Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

}  // namespace soarm
