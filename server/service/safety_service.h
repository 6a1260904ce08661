#pragma once

#include "server/service/edge.h"
#include "soarm/v1/safety.grpc.pb.h"

namespace soarm {

// soarm.v1.SafetyService: wire to domain and back.
class SafetyService final : public v1::SafetyService::CallbackService {
 public:
  explicit SafetyService(const Edge& edge) : edge_(edge) {}

  grpc::ServerUnaryReactor* Stop(grpc::CallbackServerContext* context,
                                 const v1::StopRequest* request,
                                 v1::StopResponse* response) override;
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
