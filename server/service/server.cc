#include "server/service/server.h"

#include <chrono>
#include <utility>

#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/stat.h>

#include "common/log/log.h"
#include "server/service/errors.h"
#include "server/service/health_service.h"
#include "server/service/lease_service.h"
#include "server/service/listen_address.h"
#include "server/service/motion_service.h"
#include "server/service/pose_service.h"
#include "server/service/robot_service.h"
#include "server/service/safety_service.h"
#include "server/service/state_service.h"

namespace soarm {
namespace {

constexpr int kLargestMessage = 4 << 20;  // bytes
constexpr int kMostStreamsPerConnection = 256;
constexpr int kKeepaliveEvery_ms = 10'000;
constexpr int kKeepaliveWait_ms = 5'000;
constexpr int kFastestClientPing_ms = 5'000;

// The process's umask while the socket files are made: gRPC has no option for their mode, and a
// chmod afterwards would leave them open for a moment. 0660.
class SocketUmask {
 public:
  SocketUmask() : before_(::umask(0117)) {}
  ~SocketUmask() { ::umask(before_); }
  SocketUmask(const SocketUmask&) = delete;
  SocketUmask& operator=(const SocketUmask&) = delete;

 private:
  const mode_t before_;
};

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kLargestMessage);
  // Two daemons on one port would each get some of the clients.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreamsPerConnection);
  // A client that vanished in a call without a FIN is noticed within 15 s. A connection without a
  // call is left alone: gRPC's C++ clients answer no ping then, and their next call would fail.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveEvery_ms);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveWait_ms);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kFastestClientPing_ms);
}

// gRPC writes to stderr by itself, from threads that answer calls: they may not wait there.
void WriteGrpcLog(gpr_log_func_args* line) { PrintLine(std::string("grpc: ") + line->message); }

absl::Status BindFailed(const ListenAddress& address) {
  return Refuse(absl::StatusCode::kUnavailable, "LISTEN_FAILED", address.ToString(),
                "Cannot listen on " + address.ToString() + ".",
                "Stop the program that uses it or choose another --listen address.");
}

}  // namespace

// Everything between the gRPC server and the robot, in the order of construction.
class RpcServer::Parts {
 public:
  Parts(Robot& robot, PoseStore& poses, const Clock& clock, ServiceOptions options)
      : options_(std::move(options)),
        clock_id_(clock),
        edge_{robot, poses, clock, options_, streams_, clock_id_},
        robot_(edge_),
        state_(edge_),
        motion_(edge_),
        pose_(edge_),
        lease_(edge_),
        safety_(edge_),
        health_(edge_) {}

  absl::Status Listen(const std::vector<grpc::Service*>& extra_services);
  void Shutdown();

  const std::vector<std::string>& addresses() const { return addresses_; }
  grpc::Server& server() { return *server_; }

 private:
  const ServiceOptions options_;
  OpenStreams streams_;
  ClockIdentity clock_id_;
  const Edge edge_;
  RobotService robot_;
  StateService state_;
  MotionService motion_;
  PoseService pose_;
  LeaseService lease_;
  SafetyService safety_;
  HealthService health_;
  std::vector<std::string> addresses_;
  std::unique_ptr<grpc::Server> server_;  // last: gone before anything it calls
};

absl::Status RpcServer::Parts::Listen(const std::vector<grpc::Service*>& extra_services) {
  std::vector<ListenAddress> wanted;
  for (const std::string& text : options_.listen) {
    absl::StatusOr<ListenAddress> address = ParseListenAddress(text);
    if (!address.ok()) return address.status();
    if (address->is_unix()) {
      const absl::Status ready = PrepareUnixSocket(address->unix_path);
      if (!ready.ok()) return ready;
    }
    wanted.push_back(*std::move(address));
  }

  gpr_set_log_function(&WriteGrpcLog);
  // Called by name: a plug-in that registers itself could be dropped by the linker unnoticed.
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  SetLimits(builder);
  std::vector<int> ports(wanted.size(), 0);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    builder.AddListeningPort(wanted[i].ToString(), grpc::InsecureServerCredentials(), &ports[i]);
  }
  for (grpc::Service* service : std::initializer_list<grpc::Service*>{
           &robot_, &state_, &motion_, &pose_, &lease_, &safety_, &health_}) {
    builder.RegisterService(service);
  }
  for (grpc::Service* service : extra_services) builder.RegisterService(service);
  {
    const SocketUmask umask;
    server_ = builder.BuildAndStart();
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (ports[i] <= 0) return BindFailed(wanted[i]);
    if (!wanted[i].is_unix()) wanted[i].port = static_cast<std::uint16_t>(ports[i]);
    addresses_.push_back(wanted[i].ToString());
  }
  if (server_ == nullptr) return UnexpectedError("gRPC did not start");
  robot_.SetListening(addresses_);
  return absl::OkStatus();
}

void RpcServer::Parts::Shutdown() {
  if (server_ == nullptr) return;
  streams_.EndAll(Refuse(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "",
                         "The daemon is shutting down.", "Reconnect when it is back."));
  // Closing the transports first would cut off the reason just given.
  streams_.WaitUntilGone(options_.shutdown_grace / 2);
  server_->Shutdown(std::chrono::system_clock::now() + options_.shutdown_grace / 2);
  server_->Wait();
  server_ = nullptr;
}

RpcServer::RpcServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RpcServer::~RpcServer() { parts_->Shutdown(); }

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(
    Robot& robot, PoseStore& poses, const Clock& clock, ServiceOptions options,
    const std::vector<grpc::Service*>& extra_services) {
  auto parts = std::make_unique<Parts>(robot, poses, clock, std::move(options));
  const absl::Status listening = parts->Listen(extra_services);
  if (!listening.ok()) return listening;
  return std::unique_ptr<RpcServer>(new RpcServer(std::move(parts)));
}

const std::vector<std::string>& RpcServer::addresses() const { return parts_->addresses(); }

std::shared_ptr<grpc::Channel> RpcServer::InProcessChannel() {
  return parts_->server().InProcessChannel(grpc::ChannelArguments());
}

void RpcServer::Shutdown() { parts_->Shutdown(); }

}  // namespace soarm
