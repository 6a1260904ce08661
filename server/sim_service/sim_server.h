#pragma once

#include <memory>
#include <optional>
#include <string>

#include <absl/status/statusor.h>
#include <grpcpp/server.h>

#include "common/base/socket_claim.h"
#include "server/sim_service/sim_service.h"

namespace soarm {

// A gRPC server for SimService alone, with reflection: what soarm-sim serves.
//
// Threads    Start(), destruction: one thread; gRPC starts its own.
// Ownership  `service` outlives it.
class SimServer {
 public:
  // Errors as RpcServer::Start().
  static absl::StatusOr<std::unique_ptr<SimServer>> Start(SimService& service,
                                                          const std::string& address);
  ~SimServer();

  // With the real port.
  const std::string& address() const { return address_; }

 private:
  SimServer(SimService& service, std::optional<SocketClaim> claim,
            std::unique_ptr<grpc::Server> server, std::string address);

  SimService& service_;
  const std::optional<SocketClaim> claim_;  // of a Unix socket; outlives the server
  const std::unique_ptr<grpc::Server> server_;
  const std::string address_;
};

}  // namespace soarm
