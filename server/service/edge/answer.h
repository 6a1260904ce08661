#pragma once

#include <type_traits>
#include <utility>

#include <grpcpp/support/server_callback.h>

#include "server/service/edge/admit.h"
#include "server/service/edge/errors.h"

namespace soarm {

// What `work` returns (an absl::Status) once whoever sent `request` is let in. `work` may take the
// Caller.
template <typename Request, typename Work>
absl::Status Admitted(const Entrance& entrance, const grpc::CallbackServerContext& context,
                      const Request&, Work&& work) {
  return Walled([&]() -> absl::Status {
    const absl::StatusOr<Caller> caller = Admit(entrance, context, *Request::descriptor());
    if (!caller.ok()) return caller.status();
    absl::Status outcome;
    if constexpr (std::is_invocable_v<Work, const Caller&>) {
      outcome = std::forward<Work>(work)(*caller);
    } else {
      outcome = std::forward<Work>(work)();
    }
    NoteOutcome(entrance, *caller, *Request::descriptor(), outcome);
    return outcome;
  });
}

// Answers a unary call with what `work` returns; see Admitted().
template <typename Request, typename Work>
grpc::ServerUnaryReactor* Answer(const Entrance& entrance, grpc::CallbackServerContext* context,
                                 const Request& request, Work&& work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(Admitted(entrance, *context, request, std::forward<Work>(work))));
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
