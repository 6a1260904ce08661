#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "server/core/audit.h"
#include "server/core/client_store.h"
#include "server/core/pairing.h"
#include "server/core/pose_store.h"
#include "server/core/remote_callers.h"
#include "server/core/robot.h"
#include "server/front/front_door.h"
#include "server/service/options.h"

namespace grpc {
class Channel;
class Service;
}  // namespace grpc

namespace soarm {

// What the services work on. All of it must outlive the server.
struct RpcPorts {
  Robot& robot;
  PoseStore& poses;
  ClientStore& clients;
  Pairing& pairing;
  const RemoteCallers& remote;
  Audit& audit;
  const Clock& clock;
  FrontDoor* door = nullptr;  // what comes in there is served; none: this process only
};

// The gRPC server: all of soarm.v1, the standard health service and reflection.
//
// Threads    Start(), Shutdown() and destruction on the thread that owns it; gRPC starts its own.
// Ownership  what the ports name and the extra services must outlive it.
class RpcServer {
 public:
  // Answers calls when it returns.
  //   INTERNAL  gRPC does not start
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(
      const RpcPorts& ports, ServiceOptions options,
      const std::vector<grpc::Service*>& extra_services = {});

  ~RpcServer();
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

  // A connection without a socket, for this process only.
  std::shared_ptr<grpc::Channel> InProcessChannel();

  // In this order: every stream ends with UNAVAILABLE "the daemon is shutting down", new calls
  // are refused, running calls get `shutdown_grace`, then they are cancelled. Returns when no
  // handler runs any more and the disk has what was asked of it. The Robot must still answer while
  // it runs.
  void Shutdown();

 private:
  class Parts;
  explicit RpcServer(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace soarm
