#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

#include <grpcpp/support/status.h>

#include "common/time/clock.h"
#include "soarm/v1/clock.grpc.pb.h"

namespace soarm::test {

// A ClockService whose clock is this machine's, and whose time of day is `wall_ahead` of it.
class FakeClockService final : public v1::ClockService::Service {
 public:
  static constexpr std::uint64_t kClockId = 7;

  // `refusal`: what every call ends with; OK: none does.
  FakeClockService(std::chrono::nanoseconds wall_ahead, grpc::Status refusal)
      : wall_ahead_(wall_ahead), refusal_(std::move(refusal)) {}

  grpc::Status Sync(grpc::ServerContext*,
                    grpc::ServerReaderWriter<v1::ClockPong, v1::ClockPing>* stream) override {
    v1::ClockPing ping;
    while (refusal_.ok() && stream->Read(&ping)) {
      v1::ClockPong pong;
      const std::int64_t now = ToNanos(MonotonicClock().Now());
      pong.set_client_sent_ns(ping.client_sent_ns());
      pong.set_received_ns(now);
      pong.set_sent_ns(now);
      pong.set_clock_id(kClockId);
      pong.set_wall_offset_ns((ReadWallOffset() + wall_ahead_).count());
      stream->Write(pong);
    }
    return refusal_;
  }

 private:
  const std::chrono::nanoseconds wall_ahead_;
  const grpc::Status refusal_;
};

}  // namespace soarm::test
