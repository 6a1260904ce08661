#include "server/service/clock/clock_sync.h"

#include <utility>

#include "server/service/edge/errors.h"
#include "server/service/edge/malformed_request.h"
#include "server/service/edge/raw_message.h"
#include "soarm/v1/clock.pb.h"

namespace soarm {

ClockSync* ClockSync::Start(const Edge& edge, const absl::Status& admitted) {
  auto* sync = new ClockSync(edge);  // deletes itself when the call is over
  edge.streams.Add(sync);
  if (admitted.ok()) {
    sync->StartRead(&sync->ping_);
  } else {
    sync->End(admitted);
  }
  return sync;
}

void ClockSync::OnReadDone(bool ok) {
  const MonoTime received = edge_.clock.Now();
  if (!ok) {
    End(absl::OkStatus());  // the client has said all
    return;
  }
  const absl::Status answered = Walled([&] {
    v1::ClockPing ping;
    const bool is_ping = ParseBuffer(ping_, ping);
    ping_.Clear();  // a stream that is idle holds nothing of what its client sent
    if (!is_ping) return Malformed("soarm.v1.ClockPing");
    v1::ClockPong pong;
    pong.set_client_sent_ns(ping.client_sent_ns());
    pong.set_received_ns(ToNanos(received));
    pong.set_clock_id(edge_.clock_id.Now());
    pong.set_wall_offset_ns(ReadWallOffset().count());
    pong.set_sent_ns(ToNanos(edge_.clock.Now()));
    pong_ = ToBuffer(pong);
    return absl::OkStatus();
  });
  if (!answered.ok()) return End(answered);
  const std::lock_guard lock(mutex_);
  if (!finished_) StartWrite(&pong_);
}

void ClockSync::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  if (finished_ || !ok) return;  // a broken stream is cancelled as well
  StartRead(&ping_);
}

void ClockSync::OnCancel() { End(absl::CancelledError("the client cancelled")); }

void ClockSync::OnDone() {
  edge_.streams.Remove(this);
  delete this;
}

void ClockSync::End(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(finished_, true)) return;
  Finish(ToGrpc(status));
}

}  // namespace soarm
