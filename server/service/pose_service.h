#pragma once

#include "server/service/edge.h"
#include "soarm/v1/pose.grpc.pb.h"

namespace soarm {

// soarm.v1.PoseService: wire to domain and back; the poses are the PoseStore's.
class PoseService final : public v1::PoseService::CallbackService {
 public:
  explicit PoseService(const Edge& edge) : edge_(edge) {}

  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::ListPosesRequest* request,
                                 v1::ListPosesResponse* response) override;
  grpc::ServerUnaryReactor* Save(grpc::CallbackServerContext* context,
                                 const v1::SavePoseRequest* request,
                                 v1::SavePoseResponse* response) override;
  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* context,
                                   const v1::DeletePoseRequest* request,
                                   v1::DeletePoseResponse* response) override;

 private:
  const Edge edge_;
};

}  // namespace soarm
