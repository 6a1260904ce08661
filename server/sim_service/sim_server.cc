#include "server/sim_service/sim_server.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/server_builder.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "server/front/listener.h"
#include "server/service/edge/errors.h"

namespace soarm {
namespace {

constexpr auto kGrace = std::chrono::milliseconds(500);

}  // namespace

absl::StatusOr<std::unique_ptr<SimServer>> SimServer::Start(SimService& service,
                                                            const std::string& address) {
  absl::StatusOr<ListenAddress> wanted = ReadListenAddress(address);
  if (!wanted.ok()) return wanted.status();
  if (wanted->tls) {
    return Refuse(absl::StatusCode::kInvalidArgument, "BAD_LISTEN_ADDRESS", address,
                  "A simulator is controlled from its own computer only.",
                  "Use unix:PATH or 127.0.0.1:PORT for --control.");
  }
  std::optional<SocketClaim> claim;
  if (wanted->is_unix()) {
    absl::StatusOr<SocketClaim> taken = SocketClaim::Take(wanted->unix_path, SOCK_STREAM);
    if (!taken.ok()) return taken.status();
    claim = *std::move(taken);
  }
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(wanted->ToString(), grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.RegisterService(&service);
  const mode_t before = ::umask(0117);  // the socket: 0660
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ::umask(before);
  if (server == nullptr || port <= 0) {
    return Refuse(absl::StatusCode::kUnavailable, "LISTEN_FAILED", address,
                  "Cannot listen on " + address + ".",
                  "Stop the program that uses it or choose another --control address.");
  }
  if (!wanted->is_unix()) wanted->port = static_cast<std::uint16_t>(port);
  return std::unique_ptr<SimServer>(
      new SimServer(service, std::move(claim), std::move(server), wanted->ToString()));
}

SimServer::SimServer(SimService& service, std::optional<SocketClaim> claim,
                     std::unique_ptr<grpc::Server> server, std::string address)
    : service_(service),
      claim_(std::move(claim)),
      server_(std::move(server)),
      address_(std::move(address)) {}

SimServer::~SimServer() {
  service_.EndStreams();
  server_->Shutdown(std::chrono::system_clock::now() + kGrace);
  server_->Wait();
}

}  // namespace soarm
