#include "server/service/server.h"

#include <chrono>
#include <utility>

#include <google/protobuf/stubs/logging.h>
#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "common/log/log.h"
#include "server/service/clock/clock_service.h"
#include "server/service/edge/access_rules.h"
#include "server/service/edge/errors.h"
#include "server/service/edge/malformed_request.h"
#include "server/service/health/health_service.h"
#include "server/service/lease/lease_service.h"
#include "server/service/motion/motion_service.h"
#include "server/service/pairing/pairing_service.h"
#include "server/service/pose/pose_service.h"
#include "server/service/robot/robot_service.h"
#include "server/service/safety/safety_service.h"
#include "server/service/state/state_service.h"

namespace soarm {
namespace {

constexpr int kLargestMessage = 4 << 20;  // bytes
constexpr int kMostStreamsPerConnection = 256;
constexpr int kKeepaliveEvery_ms = 2'000;
constexpr int kKeepaliveWait_ms = 5'000;
// Clients may ping once a second (docs/architecture.md); a network may bring two closer together.
constexpr int kFastestClientPing_ms = 500;
constexpr Nanos kCutAfter = std::chrono::milliseconds(50);

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kLargestMessage);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreamsPerConnection);
  // A client that vanished in a call without a FIN is noticed within 7 s. A connection without a
  // call is left alone: gRPC's C++ clients answer no ping then, and their next call would fail.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveEvery_ms);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveWait_ms);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  // Also where it says little itself.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kFastestClientPing_ms);
}

template <typename... Services>
std::vector<std::unique_ptr<grpc::Service>> MakeServices(const Edge& edge) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  (services.push_back(std::make_unique<Services>(edge)), ...);
  return services;
}

// gRPC writes to stderr by itself, from threads that answer calls: they may not wait there.
void WriteGrpcLog(gpr_log_func_args* line) { PrintLine(std::string("grpc: ") + line->message); }

// So does Protobuf, a line for each text of a client's that is not UTF-8; the client is told. What
// we serialise ourselves is another matter.
void WriteProtobufLog(google::protobuf::LogLevel level, const char*, int, const std::string& line) {
  const bool of_client = line.find("when parsing") != std::string::npos;
  if (level >= google::protobuf::LOGLEVEL_ERROR && !of_client) PrintLine("protobuf: " + line);
}

// Keeps gRPC's library up for the life of the process. Its end, with the last server, joins a
// thread that may sleep for 10 s in a poller of connections that were not read.
void KeepLibrary() {
  [[maybe_unused]] static const bool kept = [] {
    grpc_init();
    return true;
  }();
}

}  // namespace

// Everything between the gRPC server and the robot, in the order of construction.
class RpcServer::Parts {
 public:
  Parts(const RpcPorts& ports, ServiceOptions options)
      : options_(std::move(options)),
        clock_id_(ports.clock),
        door_(ports.door),
        edge_{{ports.clients, ports.remote, ports.audit},
              ports.robot,
              ports.poses,
              ports.pairing,
              door_ == nullptr ? static_cast<const Reach&>(nowhere_) : *door_,
              ports.clock,
              options_.identity,
              streams_,
              clock_id_},
        pairing_(edge_),
        pose_(edge_),
        others_(MakeServices<RobotService, StateService, MotionService, LeaseService, SafetyService,
                             ClockService, HealthService>(edge_)) {}

  absl::Status Serve(const std::vector<grpc::Service*>& extra_services);
  void Shutdown();

  grpc::Server& server() { return *server_; }

 private:
  // Of a server that only this process reaches.
  struct Nowhere final : Reach {
    std::vector<std::string> addresses() const override { return {}; }
    std::string fingerprint() const override { return ""; }
    ConnectionCounts connections() const override { return {}; }
  };

  const ServiceOptions options_;
  OpenStreams streams_;
  ClockIdentity clock_id_;
  FrontDoor* const door_;  // gives to the server
  const Nowhere nowhere_;
  const Edge edge_;
  PairingService pairing_;  // these two end with the server
  PoseService pose_;
  std::vector<std::unique_ptr<grpc::Service>> others_;
  std::unique_ptr<grpc::Server> server_;  // gone before anything it calls
};

absl::Status RpcServer::Parts::Serve(const std::vector<grpc::Service*>& extra_services) {
  gpr_set_log_function(&WriteGrpcLog);
  google::protobuf::SetLogHandler(&WriteProtobufLog);
  // Called by name: a plug-in that registers itself could be dropped by the linker unnoticed.
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  SetLimits(builder);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(MakeMalformedRequestAnswers());
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  // Also without an address: a server has to have something that it could listen on.
  const std::shared_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor =
      builder.experimental().AddExternalConnectionAcceptor(
          grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
          grpc::InsecureServerCredentials());
  builder.RegisterService(&pairing_);
  builder.RegisterService(&pose_);
  for (const auto& service : others_) builder.RegisterService(service.get());
  for (grpc::Service* service : extra_services) builder.RegisterService(service);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return UnexpectedError("gRPC did not start");
  if (door_ == nullptr) return absl::OkStatus();
  door_->Serve(
      [acceptor](int fd) {
        grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
        connection.fd = fd;
        acceptor->HandleNewConnection(&connection);
      },
      [](std::string_view path) { return LatenessOf(path); });
  return absl::OkStatus();
}

void RpcServer::Parts::Shutdown() {
  if (server_ == nullptr) return;
  streams_.EndAll(Refuse(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "",
                         "The daemon is shutting down.", "Reconnect when it is back."));
  // Closing the transports first would cut off the reason just given.
  streams_.WaitUntilGone(options_.shutdown_grace / 2);
  // gRPC cancels what is left after its half of the grace, but cannot close a connection on which a
  // write is under way: that is cut.
  if (door_ != nullptr) door_->End(options_.shutdown_grace / 2 + kCutAfter);
  server_->Shutdown(std::chrono::system_clock::now() + options_.shutdown_grace / 2);
  server_->Wait();
  pairing_.End();
  pose_.End();  // here, where whoever ends us need not wait, and not in the destructor
  if (door_ != nullptr) door_->Close();
  server_ = nullptr;
}

RpcServer::RpcServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RpcServer::~RpcServer() { parts_->Shutdown(); }

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(
    const RpcPorts& ports, ServiceOptions options,
    const std::vector<grpc::Service*>& extra_services) {
  KeepLibrary();
  auto parts = std::make_unique<Parts>(ports, std::move(options));
  const absl::Status serving = parts->Serve(extra_services);
  if (!serving.ok()) return serving;
  return std::unique_ptr<RpcServer>(new RpcServer(std::move(parts)));
}

std::shared_ptr<grpc::Channel> RpcServer::InProcessChannel() {
  return parts_->server().InProcessChannel(grpc::ChannelArguments());
}

void RpcServer::Shutdown() { parts_->Shutdown(); }

}  // namespace soarm
