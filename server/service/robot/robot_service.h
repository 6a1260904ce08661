#pragma once

#include "server/service/edge/edge.h"
#include "server/service/robot/rate_meter.h"
#include "soarm/v1/robot.grpc.pb.h"

namespace soarm {

// soarm.v1.RobotService: wire to domain and back.
class RobotService final : public v1::RobotService::CallbackService {
 public:
  explicit RobotService(const Edge& edge);

  grpc::ServerUnaryReactor* GetInfo(grpc::CallbackServerContext* context,
                                    const v1::GetInfoRequest* request,
                                    v1::GetInfoResponse* response) override;
  grpc::ServerUnaryReactor* GetDescription(grpc::CallbackServerContext* context,
                                           const v1::GetDescriptionRequest* request,
                                           v1::RobotDescription* response) override;
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::StatusResponse* response) override;

 private:
  const Edge edge_;
  const MonoTime started_at_;
  RateMeter rates_;
};

}  // namespace soarm
