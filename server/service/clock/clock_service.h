#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "server/service/edge/edge.h"
#include "soarm/v1/clock.grpc.pb.h"

namespace soarm {

// soarm.v1.ClockService. Sync is served in encoded form, so that what is no ping is answered as
// that.
class ClockService final
    : public v1::ClockService::WithRawCallbackMethod_Sync<v1::ClockService::Service> {
 public:
  explicit ClockService(const Edge& edge) : edge_(edge) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Sync(
      grpc::CallbackServerContext* context) override;

 private:
  const Edge edge_;
};

}  // namespace soarm
