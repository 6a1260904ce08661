#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <grpcpp/support/server_callback.h>

#include "server/service/edge.h"
#include "server/service/errors.h"

namespace soarm {

// A unary call whose answer comes later, from a Completion. A client that gives up, or a
// shutdown, ends the call; what it started runs on, and its completion finds nobody.
//
// Threads    Done()'s completion on any thread, reactions on gRPC's.
// Ownership  owned by gRPC until OnDone(), and by every completion handed out.
class WaitingCall final : public grpc::ServerUnaryReactor,
                          public OpenStream,
                          public std::enable_shared_from_this<WaitingCall> {
 public:
  static std::shared_ptr<WaitingCall> Make(const Edge& edge) {
    auto call = std::make_shared<WaitingCall>(edge);
    call->self_ = call;
    edge.streams.Add(call.get());
    return call;
  }
  explicit WaitingCall(const Edge& edge) : edge_(edge) {}

  Completion Done() {
    return [self = shared_from_this()](const absl::Status& status) { self->End(status); };
  }
  void End(const absl::Status& status) override {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(finished_, true)) Finish(ToGrpc(status));
  }
  void OnCancel() override { End(absl::CancelledError("the client cancelled")); }
  void OnDone() override {
    edge_.streams.Remove(this);
    const std::shared_ptr<WaitingCall> last = std::move(self_);
  }

 private:
  const Edge edge_;
  std::shared_ptr<WaitingCall> self_;

  std::mutex mutex_;
  bool finished_ = false;  // guarded by mutex_
};

// Answers with what `work` refuses with, or else with what its completion gets. `work` takes a
// Completion and returns an absl::Status; after an error it must not use the completion.
template <typename Work>
grpc::ServerUnaryReactor* AnswerLater(const Edge& edge, Work&& work) {
  const std::shared_ptr<WaitingCall> call = WaitingCall::Make(edge);
  const absl::Status started = Walled([&] { return work(call->Done()); });
  if (!started.ok()) call->End(started);
  return call.get();
}

}  // namespace soarm
