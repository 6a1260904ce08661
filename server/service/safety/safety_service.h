#pragma once

#include <grpcpp/support/byte_buffer.h>

#include "server/service/edge/edge.h"
#include "soarm/v1/safety.grpc.pb.h"

namespace soarm {

// soarm.v1.SafetyService: wire to domain and back. Stop sees the bytes of its request, since it may
// not refuse any.
class SafetyService final
    : public v1::SafetyService::WithRawCallbackMethod_Stop<
          v1::SafetyService::WithCallbackMethod_Clear<
              v1::SafetyService::WithCallbackMethod_ClearFault<
                  v1::SafetyService::WithCallbackMethod_GetSafety<v1::SafetyService::Service>>>> {
 public:
  explicit SafetyService(const Edge& edge) : edge_(edge) {}

  grpc::ServerUnaryReactor* Stop(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Clear(grpc::CallbackServerContext* context,
                                  const v1::ClearRequest* request,
                                  v1::ClearResponse* response) override;
  grpc::ServerUnaryReactor* ClearFault(grpc::CallbackServerContext* context,
                                       const v1::ClearFaultRequest* request,
                                       v1::ClearFaultResponse* response) override;
  grpc::ServerUnaryReactor* GetSafety(grpc::CallbackServerContext* context,
                                      const v1::GetSafetyRequest* request,
                                      v1::SafetyState* response) override;

 private:
  const Edge edge_;
};

}  // namespace soarm
