#pragma once

#include <cstdint>
#include <functional>

#include <absl/status/statusor.h>

#include "server/service/edge/disk_worker.h"
#include "server/service/edge/edge.h"
#include "soarm/v1/pose.grpc.pb.h"

namespace soarm {

// soarm.v1.PoseService: wire to domain and back; the poses are the PoseStore's, which writes them
// on a thread of its own.
class PoseService final : public v1::PoseService::CallbackService {
 public:
  explicit PoseService(const Edge& edge) : edge_(edge) {}
  // Waits for the disk, once no calls come any more.
  void End() { disk_.End(); }

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
  // Has `write` done, and `done` told.
  absl::StatusOr<std::uint64_t> Write(std::function<absl::Status()> write, Completion done);

  const Edge edge_;
  DiskWorker disk_;
};

}  // namespace soarm
