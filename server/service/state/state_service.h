#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "server/service/edge/edge.h"
#include "server/service/state/frame_cache.h"
#include "soarm/v1/state.grpc.pb.h"

namespace soarm {

// soarm.v1.StateService. WatchState is served in encoded form, so that streams share frames.
class StateService final
    : public v1::StateService::WithCallbackMethod_GetState<
          v1::StateService::WithRawCallbackMethod_WatchState<v1::StateService::Service>> {
 public:
  explicit StateService(const Edge& edge);

  grpc::ServerUnaryReactor* GetState(grpc::CallbackServerContext* context,
                                     const v1::GetStateRequest* request,
                                     v1::StateFrame* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchState(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request) override;

 private:
  const Edge edge_;
  FrameCache frames_;
};

}  // namespace soarm
