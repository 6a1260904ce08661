#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "server/service/edge/edge.h"
#include "soarm/v1/motion.grpc.pb.h"

namespace soarm {

// soarm.v1.MotionService: wire to domain and back; every decision is made behind Robot.
// StreamCommands sees the bytes of its frames, since none may end the stream.
class MotionService final
    : public v1::MotionService::WithRawCallbackMethod_StreamCommands<
          v1::MotionService::WithCallbackMethod_EnableTorque<
              v1::MotionService::WithCallbackMethod_ReleaseTorque<
                  v1::MotionService::WithCallbackMethod_SetSpeedScale<
                      v1::MotionService::WithCallbackMethod_MoveTo<v1::MotionService::Service>>>>> {
 public:
  explicit MotionService(const Edge& edge) : edge_(edge) {}

  grpc::ServerUnaryReactor* EnableTorque(grpc::CallbackServerContext* context,
                                         const v1::EnableTorqueRequest* request,
                                         v1::EnableTorqueResponse* response) override;
  grpc::ServerUnaryReactor* ReleaseTorque(grpc::CallbackServerContext* context,
                                          const v1::ReleaseTorqueRequest* request,
                                          v1::ReleaseTorqueResponse* response) override;
  grpc::ServerUnaryReactor* SetSpeedScale(grpc::CallbackServerContext* context,
                                          const v1::SetSpeedScaleRequest* request,
                                          v1::SetSpeedScaleResponse* response) override;
  grpc::ServerWriteReactor<v1::MoveToProgress>* MoveTo(grpc::CallbackServerContext* context,
                                                       const v1::MoveToRequest* request) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamCommands(
      grpc::CallbackServerContext* context) override;

 private:
  const Edge edge_;
};

}  // namespace soarm
