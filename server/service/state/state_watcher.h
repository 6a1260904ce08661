#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "server/service/edge/edge.h"
#include "server/service/state/frame_cache.h"

namespace soarm {

// One WatchState call: one write in flight, and the newest state when it is done. A slow client
// costs itself frames, which it is told as `skipped`, and nobody else anything.
//
// Threads    OnTick() on `pub`, reactions on gRPC's.
// Ownership  owns itself: deleted by OnDone().
class StateWatcher final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                           public Robot::Listener,
                           public OpenStream {
 public:
  // `period` 0: every tick.
  StateWatcher(const Edge& edge, FrameCache& frames, std::string selection,
               std::vector<const GroupInfo*> groups, Nanos period);

  // Sends the newest state, then starts to listen. Once, right after construction.
  void Start();

  void OnTick() override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void End(const absl::Status& status) override;

 private:
  void Send();                              // mutex_ held
  void Finish(const absl::Status& status);  // mutex_ held; the first one counts

  const Edge edge_;
  FrameCache& frames_;
  const std::string selection_;
  const std::vector<const GroupInfo*> groups_;
  const Nanos period_;

  std::mutex mutex_;  // guards what follows
  MonoTime due_{};
  bool writing_ = false;
  bool waiting_ = false;  // a frame is due, but the last one is not out yet
  bool finished_ = false;
  std::uint32_t skipped_ = 0;
  grpc::ByteBuffer out_;  // the write in flight
};

}  // namespace soarm
