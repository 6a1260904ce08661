#pragma once

#include "server/service/edge/edge.h"
#include "soarm/v1/lease.grpc.pb.h"

namespace soarm {

// soarm.v1.LeaseService: wire to domain and back. SUPERVISOR is for Unix sockets, whose file mode
// says who may connect.
class LeaseService final : public v1::LeaseService::CallbackService {
 public:
  explicit LeaseService(const Edge& edge) : edge_(edge) {}

  grpc::ServerUnaryReactor* AcquireLease(grpc::CallbackServerContext* context,
                                         const v1::AcquireLeaseRequest* request,
                                         v1::AcquireLeaseResponse* response) override;
  grpc::ServerUnaryReactor* RenewLease(grpc::CallbackServerContext* context,
                                       const v1::RenewLeaseRequest* request,
                                       v1::RenewLeaseResponse* response) override;
  grpc::ServerUnaryReactor* ReleaseLease(grpc::CallbackServerContext* context,
                                         const v1::ReleaseLeaseRequest* request,
                                         v1::ReleaseLeaseResponse* response) override;
  grpc::ServerUnaryReactor* ListLeases(grpc::CallbackServerContext* context,
                                       const v1::ListLeasesRequest* request,
                                       v1::ListLeasesResponse* response) override;

 private:
  const Edge edge_;
};

}  // namespace soarm
