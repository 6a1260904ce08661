#pragma once

#include <map>
#include <string>

#include <absl/status/status.h>
#include <google/protobuf/descriptor.h>

#include "server/service/edge/caller.h"
#include "server/service/edge/disk_worker.h"
#include "server/service/edge/edge.h"
#include "soarm/v1/pairing.grpc.pb.h"

namespace soarm {

// soarm.v1.PairingService: wire to domain and back. What waits for a disk does so on a thread of
// its own.
class PairingService final : public v1::PairingService::CallbackService {
 public:
  explicit PairingService(const Edge& edge) : edge_(edge) {}
  // Waits for the disk, once no calls come any more.
  void End() { disk_.End(); }

  grpc::ServerUnaryReactor* OpenPairing(grpc::CallbackServerContext* context,
                                        const v1::OpenPairingRequest* request,
                                        v1::OpenPairingResponse* response) override;
  grpc::ServerUnaryReactor* ClosePairing(grpc::CallbackServerContext* context,
                                         const v1::ClosePairingRequest* request,
                                         v1::ClosePairingResponse* response) override;
  grpc::ServerUnaryReactor* GetPairing(grpc::CallbackServerContext* context,
                                       const v1::GetPairingRequest* request,
                                       v1::PairingState* response) override;
  grpc::ServerUnaryReactor* ListClients(grpc::CallbackServerContext* context,
                                        const v1::ListClientsRequest* request,
                                        v1::ListClientsResponse* response) override;
  grpc::ServerUnaryReactor* RevokeClient(grpc::CallbackServerContext* context,
                                         const v1::RevokeClientRequest* request,
                                         v1::RevokeClientResponse* response) override;

 private:
  // Tells the audit, with `facts`, of a call that says who comes in, once its outcome is known.
  void Tell(const Caller& caller, const google::protobuf::Descriptor& request,
            std::map<std::string, std::string> facts, const absl::Status& outcome) const;

  const Edge edge_;
  DiskWorker disk_;
};

}  // namespace soarm
