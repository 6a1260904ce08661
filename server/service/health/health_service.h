#pragma once

#include "grpc/health/v1/health.grpc.pb.h"
#include "server/service/edge/edge.h"
#include "server/service/health/subsystem_health.h"

namespace soarm {

// The standard grpc.health.v1.Health, with a name for each subsystem. An implementation of our
// own, because gRPC's default one cannot be described by reflection.
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  explicit HealthService(const Edge& edge) : edge_(edge) {}

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  const Edge edge_;
};

}  // namespace soarm
