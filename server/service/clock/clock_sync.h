#pragma once

#include <mutex>

#include <absl/status/status.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "server/service/edge/edge.h"

namespace soarm {

// One Sync call: a ping is read, answered, and only then the next one read, so that a client that
// sends more than it reads costs itself.
//
// Threads    reactions on gRPC's.
// Ownership  owns itself: deleted by OnDone().
class ClockSync final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                        public OpenStream {
 public:
  // Begins to read; or ends with `admitted`, where that is not OK.
  static ClockSync* Start(const Edge& edge, const absl::Status& admitted);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void End(const absl::Status& status) override;

 private:
  explicit ClockSync(const Edge& edge) : edge_(edge) {}

  const Edge edge_;
  // Of the reactions to reads and writes, of which there is one at a time.
  grpc::ByteBuffer ping_;
  grpc::ByteBuffer pong_;

  std::mutex mutex_;  // guards what follows
  bool finished_ = false;
};

}  // namespace soarm
