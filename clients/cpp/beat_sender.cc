#include "clients/cpp/beat_sender.h"

#include <chrono>
#include <map>
#include <utility>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>

#include "clients/cpp/grpc_error.h"
#include "clients/cpp/methods.h"
#include "soarm/v1/robot.grpc.pb.h"

namespace soarm::client {
namespace {

std::chrono::system_clock::time_point In(Nanos span) {
  return std::chrono::system_clock::now() +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(span);
}

}  // namespace

class BeatSender::Calls {
 public:
  Calls(Connection& connection, Nanos patience)
      : connection_(connection),
        patience_(patience),
        stub_(v1::RobotService::NewStub(connection.channel())) {}

  ~Calls() {
    for (const auto& [tag, call] : out_) call->context.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  void Send() {
    auto call = std::make_unique<Call>();
    call->context.set_deadline(In(patience_));
    call->sent_at = clock_.Now();
    call->reader = stub_->AsyncGetInfo(&call->context, v1::GetInfoRequest(), &queue_);
    call->reader->Finish(&call->response, &call->status, call.get());
    out_[call.get()] = std::move(call);
  }

  std::vector<Outcome> TakeUntil(MonoTime time, bool for_rest) {
    std::vector<Outcome> outcomes;
    void* tag = nullptr;
    bool ok = false;
    while (!(for_rest && out_.empty()) && queue_.AsyncNext(&tag, &ok, In(time - clock_.Now())) ==
                                              grpc::CompletionQueue::GOT_EVENT) {
      const auto found = out_.find(tag);
      const Call& call = *found->second;
      if (call.status.error_code() == grpc::StatusCode::UNAVAILABLE) connection_.Revive();
      outcomes.push_back(
          {.sent_at = call.sent_at,
           .ended_at = clock_.Now(),
           .status = FromGrpc(call.status, connection_.target(), kGetInfo.path, false)});
      out_.erase(found);
    }
    return outcomes;
  }

  std::size_t out() const { return out_.size(); }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::GetInfoResponse response;
    grpc::Status status;
    MonoTime sent_at{};
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::GetInfoResponse>> reader;
  };

  Connection& connection_;
  const Nanos patience_;
  MonotonicClock clock_;
  const std::unique_ptr<v1::RobotService::Stub> stub_;
  grpc::CompletionQueue queue_;
  std::map<void*, std::unique_ptr<Call>> out_;  // by tag
};

BeatSender::BeatSender(Connection& connection, Nanos patience)
    : calls_(std::make_unique<Calls>(connection, patience)) {}
BeatSender::~BeatSender() = default;

void BeatSender::Send() { calls_->Send(); }
std::vector<BeatSender::Outcome> BeatSender::TakeUntil(MonoTime time, bool for_rest) {
  return calls_->TakeUntil(time, for_rest);
}
std::size_t BeatSender::out() const { return calls_->out(); }

}  // namespace soarm::client
