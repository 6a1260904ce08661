#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include <absl/status/statusor.h>
#include <grpcpp/support/server_callback.h>

#include "server/service/edge/answer.h"
#include "server/service/edge/edge.h"
#include "server/service/edge/errors.h"

namespace soarm {

// A unary call whose answer comes later, from a Completion. A client that gives up (its deadline
// too), or a shutdown, ends the call and cancels the operation that it waits for.
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
    return [self = shared_from_this()](const absl::Status& status) {
      self->Answer([&] { return status; });
    };
  }
  // Answers with what `fill` returns, unless the call has ended. `fill` may write the response.
  template <typename Fill>
  void Answer(Fill&& fill) {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(finished_, true)) Finish(ToGrpc(std::forward<Fill>(fill)()));
  }
  // The number of the robot's operation that the call waits for.
  void WaitFor(std::uint64_t operation) {
    {
      const std::lock_guard lock(mutex_);
      operation_ = operation;
      if (!gone_) return;
    }
    edge_.robot.CancelOperation(operation);
  }
  void End(const absl::Status& status) override {
    std::uint64_t operation = 0;
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(finished_, true)) return;
      gone_ = true;
      operation = operation_;
      Finish(ToGrpc(status));
    }
    if (operation != 0) edge_.robot.CancelOperation(operation);
  }
  void OnCancel() override { End(absl::CancelledError("the client cancelled")); }
  void OnDone() override {
    edge_.streams.Remove(this);
    const std::shared_ptr<WaitingCall> last = std::move(self_);
  }

 private:
  const Edge edge_;
  std::shared_ptr<WaitingCall> self_;

  std::mutex mutex_;  // guards what follows
  std::uint64_t operation_ = 0;
  bool finished_ = false;
  bool gone_ = false;  // finished without its answer
};

// Answers with what `work` refuses with, or else with what its completion gets. `work` takes a
// Completion and returns the number of an operation of the robot, or a status, after which it must
// not use the completion. Whoever is not admitted is refused first.
template <typename Request, typename Work>
grpc::ServerUnaryReactor* AnswerLater(const Edge& edge, grpc::CallbackServerContext* context,
                                      const Request& request, Work&& work) {
  const std::shared_ptr<WaitingCall> call = WaitingCall::Make(edge);
  std::uint64_t operation = 0;
  const absl::Status started = Admitted(edge, *context, request, [&] {
    const absl::StatusOr<std::uint64_t> begun = work(call->Done());
    if (begun.ok()) operation = *begun;
    return begun.status();
  });
  if (started.ok()) {
    call->WaitFor(operation);
  } else {
    call->Answer([&] { return started; });
  }
  return call.get();
}

}  // namespace soarm
