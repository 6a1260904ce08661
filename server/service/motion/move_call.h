#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include <grpcpp/support/server_callback.h>

#include "server/service/edge/edge.h"
#include "soarm/v1/motion.pb.h"

namespace soarm {

// One MoveTo call. The move lives as long as the call: ending the call cancels it. Progress is
// latest-wins; the last message, `done`, is never lost.
//
// Threads    progress and completion on `pub`, reactions on gRPC's.
// Ownership  owned by gRPC until OnDone(), and by the robot's callbacks.
class MoveCall final : public grpc::ServerWriteReactor<v1::MoveToProgress>,
                       public OpenStream,
                       public std::enable_shared_from_this<MoveCall> {
 public:
  explicit MoveCall(const Edge& edge) : edge_(edge) {}

  // Starts `request` and returns the reactor for gRPC.
  static MoveCall* Start(const Edge& edge, const MoveRequest& request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void End(const absl::Status& status) override;

 private:
  void OnProgress(const MoveProgress& progress);
  void OnComplete(const absl::Status& status);
  void Advance();  // mutex_ held: sends what is next, if nothing is in flight

  const Edge edge_;
  std::shared_ptr<MoveCall> self_;

  std::mutex mutex_;  // guards what follows
  std::uint64_t move_ = 0;
  bool writing_ = false;
  bool finished_ = false;
  std::optional<v1::MoveToProgress> next_;
  std::optional<absl::Status> outcome_;
  v1::MoveToProgress out_;  // the write in flight
};

}  // namespace soarm
